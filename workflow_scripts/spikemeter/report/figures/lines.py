"""How the seeds of a network are drawn: a line at their mean, a band about it."""

from collections.abc import Collection

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from spikemeter.report.statistics import LEVEL, Values, t_interval

PERCENT = (0.0, 100.0)
POSITIVE = (0.0, np.inf)


def band(
    axes: Axes,
    x: npt.ArrayLike,
    by_seed: Values,
    colour: str,
    limits: tuple[float, float],
) -> None:
    """Draw the 95 % t interval of the mean over the seeds; of one seed nothing.

    Parameters
    ----------
    x : array of shape (points,)
    by_seed : float64 array of shape (seeds, points)
        A point that a seed does not know is left out.
    limits : tuple of float
        What the quantity can be at all: :data:`PERCENT`, :data:`POSITIVE`.
    """
    if len(by_seed) == 1:
        return
    intervals = np.array([t_interval(values) for values in by_seed.T])
    low, high = np.clip(intervals[:, 1:], *limits).T
    axes.fill_between(x, low, high, color=colour, alpha=0.2, lw=0)


def seeds_line(seeds: Collection[int]) -> str:
    """Return what a figure says about its lines and bands."""
    if len(seeds) == 1:
        return f"one seed ({next(iter(seeds))})"
    return f"line: mean of {len(seeds)} seeds; band: {100 * LEVEL:g} % interval"
