"""Accuracy and energy of an inference: of the first steps, and the Pareto front."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from spikemeter.report.energy.chips import read_catalogue
from spikemeter.report.energy.estimates import TARGETS
from spikemeter.report.inference_counts import count_by_step, list_shares_pct
from spikemeter.report.quantities import (
    INFERENCE_ENERGY,
    NET_INFERENCE_ENERGY,
    list_per_seed,
)
from spikemeter.report.runs import Run
from spikemeter.report.statistics import Values

# Another panel would not fit; the table has the estimates for TrueNorth.
SHOWN = ("cmos45", "loihi")
MEASURED = "measured here"


class Curve(NamedTuple):
    """A network on one hardware: one point per step, or one for the whole inference.

    Attributes
    ----------
    steps : tuple of int
        The time steps of each point.
    accuracy_pct, energy_j : array of shape (points,)
    bar_j : array of shape (2,)
        The range of the last point's energy.
    """

    steps: tuple[int, ...]
    accuracy_pct: Values
    energy_j: Values
    bar_j: Values


def make_energy_curves(
    groups: Mapping[str, Sequence[Run]],
) -> dict[str, dict[str, Curve]]:
    """Return each network's curve for each hardware that has any, by its title.

    An estimated energy is the geometric middle of its range; all are means over the
    seeds.

    Parameters
    ----------
    groups : mapping of str to sequence of Run
        The runs of each network.
    """
    hardware: dict[str, Callable[[Sequence[Run]], Curve | None]] = {
        f"{read_catalogue().chips[target].title} (estimated)": partial(
            _estimate, target
        )
        for target in SHOWN
    }
    panels = {
        title: {name: curve for name, runs in groups.items() if (curve := find(runs))}
        for title, find in (hardware | {MEASURED: _measure}).items()
    }
    return {title: curves for title, curves in panels.items() if curves}


def _estimate(target: str, runs: Sequence[Run]) -> Curve | None:
    """Return the curve of a network, None if the chip has no estimate of it."""
    chip = read_catalogue().chips[target]
    ranges = [TARGETS[target](count_by_step(run), chip) for run in runs]
    if None in ranges:
        return None
    least, most = np.array(ranges, float).mean(axis=0)
    accuracy_pct = np.mean([list_shares_pct(run) for run in runs], axis=0)
    steps = tuple(runs[0].steps["step"]) if runs[0].spiking else (0,)
    middle = np.sqrt(least * most)
    middle[middle == 0] = np.nan  # before the first operation: not on a log axis
    bar_j = np.array([least[-1], most[-1]])
    return Curve(steps, accuracy_pct, middle, bar_j)


def _measure(runs: Sequence[Run]) -> Curve | None:
    """Return the point of a network, None if its energy was not measured."""
    gross_j = list_per_seed(INFERENCE_ENERGY, runs).mean(keepdims=True)
    if np.isnan(gross_j).any():
        return None
    net_j = list_per_seed(NET_INFERENCE_ENERGY, runs).mean(keepdims=True)
    low_j = net_j if net_j > 0 else gross_j  # NaN, or lost in the idle power
    accuracy_pct = np.mean([list_shares_pct(run)[-1:] for run in runs], axis=0)
    steps = (runs[0].train["spec"]["steps"] or 0,)
    return Curve(steps, accuracy_pct, gross_j, np.append(low_j, gross_j))


def find_pareto_front(energies: Values, accuracies: Values) -> list[int]:
    """Return the points that are more accurate than every one that costs no more.

    Parameters
    ----------
    energies, accuracies : array of shape (points,)
        A point whose energy is NaN is on no front.

    Returns
    -------
    list of int
        In order of energy.
    """
    front: list[int] = []
    for point in np.lexsort((-accuracies, energies)):
        better = not front or accuracies[point] > accuracies[front[-1]]
        if better and not np.isnan(energies[point]):
            front.append(int(point))
    return front
