"""What the tables show of a run, each beside where the paper reports it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from spikemeter.report import costs
from spikemeter.report.paper import Published
from spikemeter.report.runs import Part, Run
from spikemeter.report.statistics import Values


@dataclass(frozen=True)
class Quantity:
    """A column of numbers.

    Attributes
    ----------
    name : str
        The column's name in a CSV file, with the unit.
    title : str
        Its heading.
    decimals : int
        Digits after the point in print.
    part : "train" or "test"
        The part of a run that it describes.
    ours, papers : callable
        The value of a run, NaN where it was not metered, and the published one.
    reading : str or None
        The meter's name of it, for a cost.
    """

    name: str
    title: str
    decimals: int
    part: Part
    ours: Callable[[Run], float]
    papers: Callable[[Published], float]
    reading: (
        Literal["seconds", "memory_pct", "power_w", "energy_j", "net_energy_j"] | None
    ) = None

    @property
    def depends_on_device(self) -> bool:
        """Whether a CPU run meters something else here than the paper's board."""
        return self.reading in ("memory_pct", "power_w", "energy_j")


def per_seed(quantity: Quantity, runs: Sequence[Run]) -> Values:
    """Return the quantity for each seed of one network.

    All are NaN if one is not known, or if it is a cost and the seeds ran on
    different machines: a mean over some of them would be another quantity.
    """
    values = np.array([quantity.ours(run) for run in runs], float)
    machines = {run.machine(quantity.part) for run in runs}
    if np.isnan(values).any() or (quantity.reading and len(machines) > 1):
        return np.full(len(runs), np.nan)
    return values


def why_missing(quantity: Quantity, runs: Sequence[Run]) -> str | None:
    """Return why :func:`per_seed` has no value, None where it has one."""
    if not np.isnan(per_seed(quantity, runs)).any():
        return None
    for run in runs:
        if np.isnan(quantity.ours(run)):
            return run.reason(quantity.reading or quantity.name, quantity.part)
    return "the seeds ran on different machines"


EPOCH_S = Quantity(
    "epoch_s",
    "s/epoch",
    2,
    "train",
    lambda run: run.epochs["seconds"].mean(),
    lambda paper: paper.training.epoch_s,
    "seconds",
)
TRAIN_MEMORY = Quantity(
    "memory_pct",
    "memory %",
    1,
    "train",
    costs.memory_pct,
    lambda paper: paper.training.memory_pct,
    "memory_pct",
)
TRAIN_POWER = Quantity(
    "power_w",
    "power W",
    1,
    "train",
    costs.power_w,
    lambda paper: paper.training.power_w,
    "power_w",
)
EPOCH_ENERGY = Quantity(
    "epoch_energy_j",
    "J/epoch",
    1,
    "train",
    costs.epoch_energy_j,
    lambda paper: paper.training.epoch_energy_j,
    "energy_j",
)
TEST_ACCURACY = Quantity(
    "accuracy_pct",
    "test acc %",
    2,
    "test",
    lambda run: 100 * run.test["accuracy"],
    lambda paper: paper.test.accuracy_pct,
)
TEST_S = Quantity(
    "test_s",
    "s",
    2,
    "test",
    lambda run: run.test["seconds"],
    lambda paper: paper.test.test_s,
    "seconds",
)
INFERENCE_ENERGY = Quantity(
    "inference_energy_j",
    "J/inference",
    6,
    "test",
    costs.inference_energy_j,
    lambda paper: paper.test.inference_energy_j,
    "energy_j",
)

TRAINING = (
    Quantity(
        "train_accuracy_pct",
        "highest train acc %",
        2,
        "train",
        lambda run: 100 * run.epochs["train_accuracy"].max(),
        lambda paper: paper.training.train_accuracy_pct,
    ),
    Quantity(
        "val_accuracy_pct",
        "highest val acc %",
        2,
        "train",
        lambda run: 100 * run.epochs["val_accuracy"].max(),
        lambda paper: paper.training.val_accuracy_pct,
    ),
    Quantity(
        "best_epoch",
        "epochs to best val",
        0,
        "train",
        lambda run: run.train["best_epoch"],
        lambda paper: paper.training.best_epoch,
    ),
    EPOCH_S,
    TRAIN_MEMORY,
    TRAIN_POWER,
)

TEST = (
    TEST_ACCURACY,
    TEST_S,
    Quantity(
        "memory_pct",
        "memory %",
        1,
        "test",
        costs.of_test("memory_pct"),
        lambda paper: paper.test.memory_pct,
        "memory_pct",
    ),
    Quantity(
        "power_w",
        "power W",
        1,
        "test",
        costs.of_test("power_w"),
        lambda paper: paper.test.power_w,
        "power_w",
    ),
    Quantity(
        "recall",
        "recall (macro)",
        3,
        "test",
        lambda run: run.test["recall_macro"],
        lambda paper: paper.test.recall,
    ),
    Quantity(
        "f1_macro",
        "F1 (macro)",
        3,
        "test",
        lambda run: run.test["f1_macro"],
        lambda paper: np.nan,
    ),
    Quantity(
        "f1_paper",
        "F1 (paper's formula)",
        3,
        "test",
        lambda run: run.test["f1_paper"],
        lambda paper: paper.test.f1,
    ),
)
