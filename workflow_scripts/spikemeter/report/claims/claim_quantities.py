"""What decides claims of a run and is in no table."""

import numpy as np

from spikemeter.report.quantities import TRAINING, Quantity
from spikemeter.report.runs import Run

(BEST_EPOCH,) = (quantity for quantity in TRAINING if quantity.name == "best_epoch")


def _gap_points(run: Run) -> float:
    highest = run.epochs[["train_accuracy", "val_accuracy"]].max()
    return 100 * float(highest["train_accuracy"] - highest["val_accuracy"])


def _first_epoch(run: Run) -> float:
    seconds = run.epochs["seconds"]
    return float(seconds.iloc[0] / seconds.iloc[1:].median())


GAP = Quantity(
    "gap_points",
    "highest train acc − highest val acc, points",
    2,
    "train",
    _gap_points,
    lambda paper: paper.training.train_accuracy_pct - paper.training.val_accuracy_pct,
)
FIRST_EPOCH = Quantity(
    "first_epoch_ratio",
    "first epoch by the median of the others",
    2,
    "train",
    _first_epoch,
    lambda paper: np.nan,
    "seconds",
)
