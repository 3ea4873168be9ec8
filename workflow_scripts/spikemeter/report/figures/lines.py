"""The seeds of a network as a line at their mean and a band around it."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from spikemeter.report.runs import Run
from spikemeter.report.statistics import LEVEL, Values, t_interval

PERCENT = (0.0, 100.0)
POSITIVE = (0.0, np.inf)


def draw_band(
    axes: Axes,
    x: npt.ArrayLike,
    by_seed: Values,
    colour: str,
    limits: tuple[float, float],
) -> None:
    """Draw the 95 % t interval of the mean over the seeds; nothing for one seed.

    Parameters
    ----------
    x : array of shape (points,)
    by_seed : float64 array of shape (seeds, points)
        A point that a seed does not know is left out.
    limits : tuple of float
        The range of the quantity: :data:`PERCENT` or :data:`POSITIVE`.
    """
    if len(by_seed) == 1:
        return
    intervals = np.array([t_interval(values) for values in by_seed.T])
    low, high = np.clip(intervals[:, 1:], *limits).T
    axes.fill_between(x, low, high, color=colour, alpha=0.2, lw=0)


def describe_seeds(runs: Sequence[Run]) -> str:
    """Return what lines and bands show; of one seed its number."""
    seeds = list(dict.fromkeys(run.seed for run in runs))
    if len(seeds) == 1:
        return f"one seed ({seeds[0]})"
    return f"line: mean of {len(seeds)} seeds; band: {100 * LEVEL:g} % interval"
