"""What figures of runs share: bands over the seeds, and ticks of logarithmic axes."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import EngFormatter, LogLocator, NullFormatter

from spikemeter.report.runs import Run
from spikemeter.report.statistics import LEVEL, Values, t_interval

PERCENT = (0.0, 100.0)
POSITIVE = (0.0, np.inf)
# An axis that is shorter than this factor has ticks within its decades.
SHORT = 50


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


def name_data(run: Run) -> str:
    """Return the title of a run's data; a stand-in is always called one."""
    data = run.train["data"]
    told = not data["stand_in"] or "stand-in" in data["title"]
    return str(data["title"]) if told else f"{data['title']} (stand-in)"


def set_log_ticks(axis: Axis, unit: str = "") -> None:
    """Label a logarithmic axis with prefixes (k, µ, …) and a unit."""
    low, high = axis.get_view_interval()
    subs = (1.0, 2.0, 5.0) if high < SHORT * low else (1.0,)
    axis.set_major_locator(LogLocator(subs=subs))
    axis.set_major_formatter(EngFormatter(unit))
    axis.set_minor_formatter(NullFormatter())
