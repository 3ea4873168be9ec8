import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from spikemeter.training.testing import compute_scores


def confusion_of(true, predicted, classes):
    confusion = np.zeros((classes, classes), np.int64)
    np.add.at(confusion, (true, predicted), 1)
    return confusion


@settings(deadline=None)
@given(st.data(), st.integers(1, 6))
def test_equals_scikit_learn(data, classes):
    # Few samples, so that classes are often absent from either side.
    labels = st.integers(0, classes - 1)
    pairs = data.draw(st.lists(st.tuples(labels, labels), min_size=1, max_size=20))
    true, predicted = np.array(pairs).T
    found = compute_scores(confusion_of(true, predicted, classes))
    options = {"labels": np.unique(true), "average": "macro", "zero_division": 0}
    recall = metrics.recall_score(true, predicted, **options)
    accuracy = metrics.accuracy_score(true, predicted)
    assert found["accuracy_lowest_index"] == pytest.approx(accuracy)
    assert found["recall_macro"] == pytest.approx(recall)
    f1 = metrics.f1_score(true, predicted, **options)
    assert found["f1_macro"] == pytest.approx(f1)
    paper = 2 * accuracy * recall / (accuracy + recall) if accuracy > 0 else 0.0
    assert found["f1_paper"] == pytest.approx(paper)


@pytest.mark.parametrize("outputs", [4, 5, 10])
def test_outputs_without_a_class_count_in_no_score(outputs):
    """Four balanced classes, of which a network of ten outputs knows one."""
    true = np.repeat(range(4), 25)
    found = compute_scores(confusion_of(true, 0 * true, outputs))
    assert found["accuracy_lowest_index"] == found["recall_macro"] == 0.25
    assert found["f1_paper"] == 0.25
    assert found["f1_macro"] == pytest.approx(0.1)  # 0.4 for one class of four


def test_samples_taken_for_a_class_that_does_not_exist_are_wrong():
    found = compute_scores(confusion_of([0, 0, 1, 1], [0, 9, 1, 9], 10))
    assert found["recall_macro"] == 0.5
    assert found["f1_macro"] == pytest.approx(2 / 3)
