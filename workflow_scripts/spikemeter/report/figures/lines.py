"""What figures of runs share: networks as lines and bands, and logarithmic axes."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import EngFormatter, LogLocator, NullFormatter

from spikemeter.report.figures.palette import COLOURS, MARKERS
from spikemeter.report.runs import Run, read_runs
from spikemeter.report.statistics import LEVEL, Values, t_interval

# An axis that is shorter than this factor has ticks within its decades.
SHORT = 50


def draw_runs(
    draw: Callable[[str, Sequence[Run]], Figure],
) -> Callable[[Mapping[str, Any], Sequence[str]], Figure]:
    """Return how an illustration calls a function that draws a title and runs."""
    return lambda spec, files: draw(
        spec["title"], read_runs(Path(files[0]).parents[2], spec)
    )


def check_count(title: str, networks: Sequence[object], kind: str) -> None:
    """Raise a ValueError if there is no network, or no colour for each of them."""
    if not 1 <= len(networks) <= len(COLOURS):
        raise ValueError(
            f"{title} has {len(networks)} {kind} with results but a figure shows 1 to "
            f"{len(COLOURS)}; set experiment in networks of config.yaml"
        )


def choose_look(place: int) -> dict[str, Any]:
    """Return the colour and the marker of the network at a place in the order."""
    colour, marker = COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)]
    return {"color": colour, "marker": marker}


def make_handle(label: str = "", **look: Any) -> Line2D:
    """Return an entry of a legend."""
    return Line2D([], [], label=label, **look)


def draw_mean(
    axes: Axes,
    x: npt.ArrayLike,
    by_seed: Values,
    place: int,
    most: float = np.inf,
    **line: Any,
) -> None:
    """Draw a network's mean over the seeds, and the 95 % t interval of it as a band.

    Parameters
    ----------
    x : array of shape (points,)
    by_seed : float64 array of shape (seeds, points)
        A point that a seed does not know is left out. One seed has no band.
    place : int
        The place of the network in the order, which decides its look.
    most : float
        The largest value that there can be; the smallest is 0.
    **line
        More properties of the line.
    """
    look = choose_look(place)
    axes.plot(x, by_seed.mean(axis=0), **look, **line)
    if len(by_seed) > 1:
        intervals = np.array([t_interval(values) for values in by_seed.T])
        low, high = np.clip(intervals[:, 1:], 0, most).T
        axes.fill_between(x, low, high, color=look["color"], alpha=0.2, lw=0)


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
