"""Scores, all computed from the confusion matrix."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Scores:
    """The scores of a classification; all are shares from 0 to 1.

    Attributes
    ----------
    accuracy : float
        Share of samples classified right.
    recall_macro : float
        Mean over the classes of the share of a class's samples classified right.
    f1_macro : float
        Mean over the classes of 2 precision recall / (precision + recall).
    f1_paper : float
        2 accuracy recall / (accuracy + recall), which the study prints as F1. It
        has no precision; on balanced classes it equals the accuracy.
    """

    accuracy: float
    recall_macro: float
    f1_macro: float
    f1_paper: float


def compute_scores(confusion: np.ndarray) -> Scores:
    """Compute the scores of a confusion matrix.

    A class that never occurs or is never predicted counts as 0 if its share would be
    0/0 (as in scikit-learn, over all classes).

    Parameters
    ----------
    confusion : int array of shape (classes, classes)
        Samples by true class (row) and predicted class (column).

    Raises
    ------
    ValueError
        If the matrix is not square, or holds no sample or negative counts.
    """
    if confusion.ndim != 2 or confusion.shape[0] != confusion.shape[1]:  # noqa: PLR2004
        raise ValueError(f"a confusion matrix is square, not {confusion.shape}")
    if confusion.min() < 0 or confusion.sum() == 0:
        raise ValueError("a confusion matrix counts samples, at least one")
    right = np.diag(confusion).astype(float)
    accuracy = float(right.sum() / confusion.sum())
    recall = _ratio(right, confusion.sum(axis=1))
    precision = _ratio(right, confusion.sum(axis=0))
    f1 = _ratio(2 * precision * recall, precision + recall)
    recall_macro = float(recall.mean())
    both = accuracy + recall_macro
    paper = 2 * accuracy * recall_macro / both if both > 0 else 0.0
    return Scores(accuracy, recall_macro, float(f1.mean()), paper)


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Divide elementwise; 0 where the denominator is 0."""
    out = np.zeros(len(numerator))
    np.divide(numerator, denominator, out=out, where=denominator > 0)
    return out
