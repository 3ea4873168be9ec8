"""Figures 10, 11 and 12: accuracy, time, memory and power over the epochs."""

from collections.abc import Sequence
from itertools import chain
from textwrap import fill, wrap
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from spikemeter.report.figures.lines import PERCENT, POSITIVE, band, seeds_line
from spikemeter.report.figures.style import COLOURS, styled
from spikemeter.report.marks import STAND_IN, data_mark
from spikemeter.report.runs import Run, group_by_network

LineStyle = Literal["-", "--"]
MARKERS = "osD^vP"
LINES: dict[str, LineStyle] = {"val": "-", "train": "--"}
NOTE_WIDTH = 40
PANELS = (
    ("seconds", "(b) Time", {"cuda": "seconds per epoch", "cpu": "seconds per epoch"}),
    (
        "memory_pct",
        "(c) Memory",
        {"cuda": "memory (% of board)", "cpu": "process memory\n(% of machine)"},
    ),
    (
        "power_w",
        "(d) Power",
        {"cuda": "board power (W)", "cpu": "CPU package\npower (W)"},
    ),
)
# Characters that fit above the panels.
TITLE_WIDTH = 70


@styled
def experiment(title: str, runs: Sequence[Run]) -> Figure:
    """Draw one experiment's networks over the epochs, in four panels.

    A line is the mean of the seeds, its band the mean's 95 % interval.

    Parameters
    ----------
    title : str
        What the figure is called; the data is named below it.
    runs : sequence of Run
        All seeds of the networks that the experiment compares, in order of colour.

    Raises
    ------
    ValueError
        If there is no run, or there are more networks than colours.
    """
    groups = list(group_by_network(runs).values())
    if not 1 <= len(groups) <= len(COLOURS):
        raise ValueError(
            f"{title} has {len(groups)} networks with results but a figure shows 1 to "
            f"{len(COLOURS)}; set experiment in networks of config.yaml"
        )
    figure = Figure()
    lines = wrap(_data_line(groups), TITLE_WIDTH, break_on_hyphens=False)
    seeds = dict.fromkeys(run.seed for run in runs)
    figure.suptitle("\n".join([title, *lines, seeds_line(seeds)]))
    panels = figure.subplots(2, 2).ravel()
    for axes in panels:
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    _draw_accuracy(panels[0], groups)
    devices = sorted({run.conditions("train")["device"] for run in runs})
    for axes, (reading, heading, labels) in zip(panels[1:], PANELS, strict=True):
        label = " or\n".join(dict.fromkeys(labels[device] for device in devices))
        axes.set(title=heading, ylabel=label)
        _draw_reading(axes, groups, reading)
    handles = [
        Line2D([], [], color=colour, marker=marker, label=group[0].label)
        for group, colour, marker in zip(groups, COLOURS, MARKERS, strict=False)
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


def _data_line(groups: Sequence[Sequence[Run]]) -> str:
    marks = {run.train["data"]["title"]: data_mark(run) for run, *_ in groups}
    named = [
        f"{title} (stand-in)" if mark == STAND_IN and "stand-in" not in title else title
        for title, mark in marks.items()
    ]
    return f"data: {', '.join(named)}"


def _draw_accuracy(axes: Axes, groups: Sequence[Sequence[Run]]) -> None:
    axes.set(title="(a) Accuracy", ylabel="accuracy (%)")
    for place, group in enumerate(groups):
        for part, line in LINES.items():
            values = [100 * run.epochs[f"{part}_accuracy"] for run in group]
            _draw_line(axes, group, values, place, line, PERCENT)
    handles = [Line2D([], [], color="0.3", linestyle=line) for line in LINES.values()]
    axes.legend(handles, ["validation", "training"], loc="lower right")


def _draw_reading(axes: Axes, groups: Sequence[Sequence[Run]], reading: str) -> None:
    unmetered: dict[str, list[str]] = {}
    for place, group in enumerate(groups):
        values = [run.epochs[reading] for run in group]
        for run, seen in zip(group, values, strict=True):
            if seen.isna().any():
                reason = run.reason(reading, "train")
                unmetered.setdefault(reason, []).append(run.label)
        _draw_line(axes, group, values, place, "-", POSITIVE)
    everyone = list(dict.fromkeys(group[0].label for group in groups))
    lines = []
    for reason, labels in unmetered.items():
        who = list(dict.fromkeys(labels))
        named = "" if who == everyone else f"{', '.join(who)}: "
        lines.append(f"{named}not metered: {reason}")
    text = "\n".join(fill(line, NOTE_WIDTH) for line in lines)
    metered = any(run.epochs[reading].notna().any() for run in chain(*groups))
    # Lines start at 0 and rarely run along the bottom, where the note then stands.
    height, side = (0.04, "bottom") if metered else (0.5, "center")
    where = {"ha": "center", "va": side, "transform": axes.transAxes}
    axes.text(0.5, height, text, where)
    if metered:
        axes.set_ylim(0, 1.1 * axes.dataLim.y1)
    else:
        axes.set(xticks=[], yticks=[])


def _draw_line(
    axes: Axes,
    group: Sequence[Run],
    values: Sequence[pd.Series],
    place: int,
    line: LineStyle,
    limits: tuple[float, float],
) -> None:
    seeds = np.array(values, float)
    epochs = group[0].epochs["epoch"]
    axes.plot(
        epochs,
        seeds.mean(axis=0),
        color=COLOURS[place],
        marker=MARKERS[place],
        linestyle=line,
        markevery=max(1, len(epochs) // 10),
    )
    band(axes, epochs, seeds, COLOURS[place], limits)
