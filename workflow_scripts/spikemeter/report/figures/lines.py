"""What figures of runs share: networks as lines and bands, and logarithmic axes."""

from collections.abc import Callable, Mapping, Sequence
from itertools import cycle
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
from spikemeter.report.runs import Run, group_by_network, read_runs
from spikemeter.report.statistics import LEVEL, Values, t_interval

Look = Mapping[str, Any]
# Of a network that has no colour of its own: thin, and behind those that have one.
OTHER: Look = {"color": "0.72", "linewidth": 0.6, "zorder": 1}
# Characters of a legend's line, and the most columns that share it.
LEGEND_WIDTH, MOST_COLUMNS = 78, 3
# An axis that is shorter than this factor has ticks within its decades.
SHORT = 50


def draw_runs(
    draw: Callable[[str, Sequence[Run]], Figure],
) -> Callable[[Mapping[str, Any], Sequence[str]], Figure]:
    """Return how an illustration calls a function that draws a title and runs."""
    return lambda spec, files: draw(
        spec["title"], read_runs(Path(files[0]).parents[2], spec)
    )


def choose_looks(runs: Sequence[Run], most: int = len(COLOURS)) -> dict[str, Look]:
    """Return the look of each network, in the order of the networks.

    The ``most`` networks with the highest validation accuracy have a colour and a
    marker each, in their order; the look of all others is ``OTHER``.
    """
    groups = group_by_network(runs)
    pairs = zip(cycle(COLOURS), cycle(MARKERS), strict=False)
    looks = ({"color": colour, "marker": marker} for colour, marker in pairs)
    ranked = sorted(groups, key=lambda name: _reach(groups[name]), reverse=True)
    return {n: next(looks) if n in ranked[:most] else OTHER for n in groups}


def _reach(group: Sequence[Run]) -> float:
    """Return the best validation accuracy of a network, mean over its seeds."""
    return float(np.mean([run.epochs["val_accuracy"].max() for run in group]))


def list_handles(looks: Mapping[str, Look], labels: Mapping[str, str]) -> list[Line2D]:
    """Return the entries of a legend: each network with a colour, then the others."""
    named = [name for name, look in looks.items() if look is not OTHER]
    handles = [make_handle(labels[name], **looks[name]) for name in named]
    if others := len(looks) - len(named):
        handles.append(make_handle(f"{others} less accurate in validation", **OTHER))
    return handles


def describe_looks(looks: Mapping[str, Look]) -> str:
    """Return a sentence about the networks without a name; empty if all have one."""
    others = sum(look is OTHER for look in looks.values())
    if not others:
        return ""
    return (
        f" The {len(looks) - others} networks with the highest validation accuracy are "
        f"named; the other {others} are thin and grey."
    )


def make_handle(label: str = "", **look: Any) -> Line2D:
    """Return an entry of a legend."""
    return Line2D([], [], label=label, **look)


def add_legend(figure: Figure, handles: Sequence[Line2D]) -> None:
    """Put a legend below a figure, in as many columns as its longest text allows."""
    longest = max(len(str(handle.get_label())) for handle in handles)
    columns = max(1, min(MOST_COLUMNS, LEGEND_WIDTH // longest))
    figure.legend(handles=handles, loc="outside lower center", ncols=columns)


def draw_mean(
    axes: Axes,
    x: npt.ArrayLike,
    by_seed: Values,
    look: Look,
    most: float = np.inf,
    **line: Any,
) -> None:
    """Draw a network's mean over the seeds, and the 95 % t interval of it as a band.

    Parameters
    ----------
    x : array of shape (points,)
    by_seed : float64 array of shape (seeds, points)
        A point that a seed does not know is left out. One seed has no band.
    look : mapping
        The network's, of :func:`choose_looks`; ``OTHER`` has no band.
    most : float
        The largest value that there can be; the smallest is 0.
    **line
        More properties of the line.
    """
    axes.plot(x, by_seed.mean(axis=0), **look, **line)
    if len(by_seed) > 1 and look is not OTHER:
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
