"""The accuracy and cost of a spiking network after its first t time steps."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from spikemeter.report.energy.chips import Chip
from spikemeter.report.energy.estimates import estimate_cmos
from spikemeter.report.inference_counts import count_by_step
from spikemeter.report.runs import Run
from spikemeter.report.statistics import Values

# How far below the last accuracy a network may still be to count as settled.
POINTS = 1
DECODED = (
    "decoded after t steps by the class that has fired most so far, from one trained "
    "network that is not retrained"
)
TIES = "of classes that tie, or have not fired yet, the first"


class Course(NamedTuple):
    """The first t steps of an inference: arrays of shape (seeds, steps).

    Attributes
    ----------
    accuracy_pct
        Of the test samples, if decoded after t steps.
    macs, acs
        Synaptic operations of the first t steps, mean over the samples.
    least_j, most_j
        What they are estimated to take on 45 nm CMOS.
    """

    accuracy_pct: Values
    macs: Values
    acs: Values
    least_j: Values
    most_j: Values

    @property
    def operations(self) -> Values:
        """Multiply-accumulates and accumulates together."""
        return self.macs + self.acs


def follow_course(runs: Sequence[Run], chip: Chip) -> Course:
    """Return accuracy and cost after each step of one network, seed by seed."""
    counts = [count_by_step(run) for run in runs]
    energies = [estimate_cmos(found, chip) for found in counts]
    return Course(
        np.array([list_accuracies_pct(run) for run in runs]),
        np.array([found.macs for found in counts]),
        np.array([found.acs for found in counts]),
        np.array([energy.least for energy in energies]),
        np.array([energy.most for energy in energies]),
    )


def list_accuracies_pct(run: Run) -> Values:
    """Return the test accuracy after each step, of shape (steps,)."""
    correct = run.steps["correct"].to_numpy(float)
    return np.asarray(100 * correct / run.test["samples"])


def find_settled_step(run: Run) -> int:
    """Return the first step from which the accuracy stays within a point of the last.

    An earlier step that comes as close does not count if a later one falls behind
    again: that step was lucky on this test set.
    """
    correct = run.steps["correct"].to_numpy()
    behind = 100 * (correct[-1] - correct) > POINTS * run.test["samples"]
    return int(np.flatnonzero(behind)[-1]) + 2 if behind.any() else 1
