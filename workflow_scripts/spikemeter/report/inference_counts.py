"""Operations, accuracy and energy of an inference, and of its first t steps."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from spikemeter.report.energy.chips import read_catalogue
from spikemeter.report.energy.estimates import Counts, estimate_cmos
from spikemeter.report.runs import Run
from spikemeter.report.statistics import Values
from spikemeter.training.steps import name_column

# How far below the last accuracy a network may still be to count as settled.
POINTS = 1
DECODED = (
    "decoded after t steps by the class that has fired most so far, from one trained "
    "network that is not retrained"
)
TIES = (
    "the expectation with ties broken at random, also between classes that have not "
    "fired yet"
)


def count_per_inference(run: Run) -> Counts:
    """Return what one inference takes over all steps."""
    totals: dict[str, Any] = {}
    for name in Counts._fields[1:]:
        counts = [stage[name] for stage in run.test["operations"]]
        totals[name] = None if None in counts else sum(counts)
    return Counts(run.spiking, **totals)


def count_by_step(run: Run) -> Counts:
    """Return what the first t steps of an inference take: arrays of shape (steps,).

    The last value is that of :func:`count_per_inference`.
    """
    whole, stages = count_per_inference(run), len(run.test["operations"])
    share = np.arange(1, len(run.steps) + 1) / len(run.steps)
    counted = {n: getattr(whole, n) * share for n in ("dense_macs", "neuron_updates")}
    for name in ("macs", "acs", "synaptic_events"):
        if getattr(whole, name) is not None:
            columns = [name_column(number, name) for number in range(1, stages + 1)]
            totals = run.steps[columns].sum(axis=1, skipna=False).to_numpy(float)
            counted[name] = totals.cumsum() / run.test["samples"]
    return whole._replace(**counted)


class Course(NamedTuple):
    """The first t steps of an inference: arrays of shape (seeds, steps).

    The accuracy on the test set if decoded after t steps, expected over ties and with
    the lowest class of each, and the share of tied samples; the synaptic operations,
    mean over the samples; and what these are estimated to take on 45 nm CMOS.
    """

    accuracy_pct: Values
    accuracy_lowest_index_pct: Values
    tied_pct: Values
    macs: Values
    acs: Values
    least_j: Values
    most_j: Values

    @property
    def operations(self) -> Values:
        """Multiply-accumulates and accumulates together."""
        return self.macs + self.acs


def follow_course(runs: Sequence[Run]) -> Course:
    """Return accuracy and cost after each step of one network, seed by seed."""
    counts = [count_by_step(run) for run in runs]
    chip = read_catalogue().chips["cmos45"]
    least_j, most_j = zip(*(estimate_cmos(each, chip) for each in counts), strict=True)

    def share_pct(name: str) -> Values:
        return np.array([list_shares_pct(run, name) for run in runs])

    return Course(
        share_pct("correct"),
        share_pct("correct_lowest_index"),
        share_pct("tied"),
        np.array([each.macs for each in counts]),
        np.array([each.acs for each in counts]),
        np.array(least_j),
        np.array(most_j),
    )


def list_shares_pct(run: Run, name: str = "correct") -> Values:
    """Return a score's share of the test samples after each step, of shape (steps,)."""
    counts = run.steps[name].to_numpy(float)
    return np.asarray(100 * counts / run.test["samples"])


def find_settled_step(run: Run) -> int:
    """Return the first step from which the accuracy stays within a point of the last.

    An earlier step that comes as close does not count if a later one falls behind
    again: that step was lucky on this test set.
    """
    correct = run.steps["correct"].to_numpy()
    behind = 100 * (correct[-1] - correct) > POINTS * run.test["samples"]
    return int(np.flatnonzero(behind)[-1]) + 2 if behind.any() else 1
