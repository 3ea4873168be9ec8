"""What is reported of a run: one entry per quantity, here alone.

A quantity listed in ``TRAINING`` or ``TEST`` is a column of that table. A published
study names a figure by the quantity's part and name: ``accuracy_pct`` under ``test``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

if TYPE_CHECKING:
    from spikemeter.report.runs import Part, Run
    from spikemeter.report.statistics import Values

# Published figures of a network by ``part.name``, and test.samples.
Figures = Mapping[str, float]
Reading = Literal["seconds", "memory_pct", "power_w", "energy_j", "net_energy_j"]


@dataclass(frozen=True)
class Quantity:
    """A number of a part of a run.

    Attributes
    ----------
    name, title : str
        The column's name in a CSV file, with the unit, and its heading.
    value : callable
        Given a run, the number; NaN where it was not metered.
    reading : str or None
        The meter's name of it, for a cost.
    error : callable or None
        Given a run, and whether to leave the sensor's gain out, the half-width of the
        95 % interval of what was metered; NaN where it is not known.
    derive : callable or None
        Given what finds a published figure, the number, if a study prints none.
    published_only : bool
        Whether a table shows it only next to published figures.

    Examples
    --------
    >>> TEST_ACCURACY.key
    'test.accuracy_pct'
    """

    name: str
    title: str
    decimals: int
    part: Literal["train", "test"]
    value: Callable[["Run"], float]
    reading: Reading | None = None
    derive: Callable[[Callable[[str], float]], float] | None = None
    error: Callable[["Run", bool], float] | None = None
    published_only: bool = False

    @property
    def key(self) -> str:
        """Its name in published studies."""
        return f"{self.part}.{self.name}"

    @property
    def origins(self) -> set[str]:
        """The names of the published figures that it may be, or be derived from."""
        found = {self.key}

        def note(key: str) -> float:
            found.add(key)
            return np.nan

        if self.derive is not None:
            self.derive(note)
        return found

    def published(self, figures: Figures) -> float:
        """Return the published number, NaN if there is none."""
        if self.key in figures or self.derive is None:
            return figures.get(self.key, np.nan)
        return self.derive(lambda key: figures.get(key, np.nan))


def list_per_seed(quantity: Quantity, runs: Sequence["Run"]) -> "Values":
    """Return the quantity for each seed of one network.

    All are NaN if one is not known, or if it is a cost and the seeds ran on
    different machines: a mean over some of them would be another quantity.
    """
    values = np.array([quantity.value(run) for run in runs], float)
    machines = {run.machine(quantity.part) for run in runs}
    if np.isnan(values).any() or (quantity.reading and len(machines) > 1):
        return np.full(len(runs), np.nan)
    return values


def find_error(quantity: Quantity, runs: Sequence["Run"]) -> float:
    """Return how far the meter errs, the mean of the seeds; NaN if it is not known.

    What a sensor misreads, it misreads for every seed: more seeds lower nothing.
    """
    if quantity.error is None:
        return np.nan
    return float(np.mean([quantity.error(run, False) for run in runs]))


def explain_missing(quantity: Quantity, runs: Sequence["Run"]) -> str | None:
    """Return why :func:`list_per_seed` has no value, None if it has one."""
    for run in runs:
        if np.isnan(quantity.value(run)):
            return run.reason(quantity.reading or quantity.name, quantity.part)
    unknown = np.isnan(list_per_seed(quantity, runs)).any()
    return "the seeds ran on different machines" if unknown else None


def find_disagreement_pct(run: "Run", part: "Part") -> float:
    """Return how much more the sampled energy is than the counted one, NaN if one is.

    Examples
    --------
    >>> find_disagreement_pct(run, "test")  # doctest: +SKIP
    -2.5
    """
    sampled_j, counted_j = (
        read_part(run, part, f"energy_{name}_j")[0] for name in ("sampled", "counter")
    )
    return 100 * (sampled_j - counted_j) / counted_j


def read_part(run: "Run", part: "Part", name: str) -> tuple[float, float]:
    """Return a sum that was metered in a part of a run, and in how many seconds.

    Of a training that is the reading over all of it, which has two edges only. If it
    took several processes, that reading is the last one's: then it is the sum over the
    epochs. The sum is NaN if it is not known.
    """
    reading = run.test["reading"] if part == "test" else run.train["reading"]
    epochs = run.epochs
    whole = part == "test" or run.train["sessions"] == 1
    if whole and reading.get(name) is not None:
        return reading[name], reading["seconds"]
    if part == "test" or name not in epochs:  # of an earlier version
        return np.nan, 1.0
    return epochs[name].sum(skipna=False), epochs["seconds"].sum()


# --- How a number is found in a run, or in published figures --------------------------


def _memory_pct(run: "Run") -> float:
    """Return the memory in use in training, the mean of all epochs by their time."""
    memory = run.epochs["memory_pct"] * run.epochs["seconds"]
    return memory.sum(skipna=False) / run.epochs["seconds"].sum()


def _power_w(name: str) -> Callable[["Run"], float]:
    return lambda run: float(np.divide(*read_part(run, "train", name)))


def _per_epoch(name: str) -> Callable[["Run"], float]:
    return lambda run: read_part(run, "train", name)[0] / len(run.epochs)


def _per_inference(name: str) -> Callable[["Run"], float]:
    return lambda run: (
        read_part(run, "test", name)[0] / (run.test["passes"] * run.test["samples"])
    )


def _over_draws(name: str) -> Callable[["Run"], float]:
    """Return what finds a score in percent: of a random encoding, over its draws."""

    def find(run: "Run") -> float:
        draws = run.test["draws"]
        return 100 * (run.test[name] if draws is None else draws[f"{name}_mean"])

    return find


def _draw_sd(run: "Run") -> float:
    draws = run.test["draws"]
    return np.nan if draws is None else 100 * draws["accuracy_sd"]


def _first_epoch(run: "Run") -> float:
    seconds = run.epochs["seconds"]
    return float(seconds.iloc[0] / seconds.iloc[1:].median())


def _known(value: float | None) -> float:
    return np.nan if value is None else float(value)


# The names of an energy's error: with the sensor's gain, and without.
ERRORS = {False: "energy_error_j", True: "energy_own_error_j"}
NET: Final = "net_energy_j"
NET_ERROR = "net_energy_error_j"

# --- The quantities -------------------------------------------------------------------

EPOCH_S = Quantity(
    *("epoch_s", "s/epoch", 2, "train"),
    lambda run: run.epochs["seconds"].mean(),
    "seconds",
)
TRAIN_MEMORY = Quantity("memory_pct", "memory %", 1, "train", _memory_pct, "memory_pct")
TRAIN_POWER = Quantity(
    *("power_w", "power W", 1, "train", _power_w("energy_j"), "power_w"),
    error=lambda run, own: _power_w(ERRORS[own])(run),
)
EPOCH_ENERGY = Quantity(
    *("epoch_energy_j", "J/epoch", 1, "train"),
    _per_epoch("energy_j"),
    "energy_j",
    lambda found: found("train.power_w") * found("train.epoch_s"),
    lambda run, own: _per_epoch(ERRORS[own])(run),
)
NET_EPOCH_ENERGY = Quantity(
    *("net_epoch_energy_j", "J/epoch, net of idle", 1, "train"),
    _per_epoch(NET),
    NET,
    error=lambda run, _own: _per_epoch(NET_ERROR)(run),
)
TEST_ACCURACY = Quantity(
    *("accuracy_pct", "test acc %", 2, "test"), _over_draws("accuracy")
)
TEST_S = Quantity(
    *("test_s", "s", 2, "test"), lambda run: run.test["seconds"], "seconds"
)
INFERENCE_ENERGY = Quantity(
    *("inference_energy_j", "J/inference", 6, "test"),
    lambda run: _known(run.test["energy_per_pass_j"]) / run.test["samples"],
    "energy_j",
    lambda found: found("test.power_w") * found("test.test_s") / found("test.samples"),
    lambda run, own: _per_inference(ERRORS[own])(run),
)
NET_INFERENCE_ENERGY = Quantity(
    *("net_inference_energy_j", "J/inference, net of idle", 6, "test"),
    _per_inference(NET),
    NET,
    error=lambda run, _own: _per_inference(NET_ERROR)(run),
)
TRAINING = (
    Quantity(
        *("train_accuracy_pct", "highest train acc %", 2, "train"),
        lambda run: 100 * run.epochs["train_accuracy"].max(),
    ),
    Quantity(
        *("val_accuracy_pct", "highest val acc %", 2, "train"),
        lambda run: 100 * run.epochs["val_accuracy"].max(),
    ),
    Quantity(
        *("best_epoch", "epochs to best val", 0, "train"),
        lambda run: run.train["best_epoch"],
    ),
    EPOCH_S,
    TRAIN_MEMORY,
    TRAIN_POWER,
)
TEST = (
    TEST_ACCURACY,
    Quantity(
        *("accuracy_draw_sd_points", "sd over draws, points", 2, "test"), _draw_sd
    ),
    Quantity(
        *("accuracy_lowest_index_pct", "acc %, lowest index", 2, "test"),
        _over_draws("accuracy_lowest_index"),
    ),
    Quantity(
        *("tied_pct", "tied %", 2, "test"),
        lambda run: 100 * run.test["tied"] / run.test["samples"],
    ),
    TEST_S,
    Quantity(
        *("memory_pct", "memory %", 1, "test"),
        lambda run: _known(run.test["reading"]["memory_pct"]),
        "memory_pct",
    ),
    Quantity(
        *("power_w", "power W", 1, "test"),
        lambda run: _known(run.test["reading"]["power_w"]),
        "power_w",
        error=lambda run, own: float(np.divide(*read_part(run, "test", ERRORS[own]))),
    ),
    Quantity(
        *("recall", "recall (macro)", 3, "test"), lambda run: run.test["recall_macro"]
    ),
    Quantity("f1_macro", "F1 (macro)", 3, "test", lambda run: run.test["f1_macro"]),
    Quantity(
        *("f1_from_accuracy", "F1 (from accuracy)", 3, "test"),
        lambda run: run.test["f1_paper"],
        published_only=True,
    ),
)
# Of no table, but claims are about them.
CLAIMED = (
    Quantity(
        *("gap_points", "highest train acc − highest val acc, points", 2, "train"),
        lambda run: (
            100
            * (run.epochs["train_accuracy"].max() - run.epochs["val_accuracy"].max())
        ),
        derive=lambda found: (
            found("train.train_accuracy_pct") - found("train.val_accuracy_pct")
        ),
    ),
    Quantity(
        *("first_epoch_ratio", "first epoch by the median of the others", 2, "train"),
        _first_epoch,
        "seconds",
    ),
)
QUANTITIES = {
    quantity.key: quantity
    for quantity in (*TRAINING, EPOCH_ENERGY, *TEST, INFERENCE_ENERGY, *CLAIMED)
}
