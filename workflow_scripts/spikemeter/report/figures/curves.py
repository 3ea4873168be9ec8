"""Accuracy, time, memory and power of an experiment over the epochs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import fill, wrap
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from spikemeter.report.figures.illustration import Description, Illustration
from spikemeter.report.figures.lines import (
    PERCENT,
    POSITIVE,
    describe_seeds,
    draw_band,
    name_data,
)
from spikemeter.report.figures.palette import COLOURS, MARKERS
from spikemeter.report.figures.style import styled
from spikemeter.report.runs import Run, group_by_network, read_runs

LineStyle = Literal["-", "--"]
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
LINE_INCHES = 0.17


@styled
def draw_curves(title: str, runs: Sequence[Run]) -> Figure:
    """Draw the networks of one experiment over the epochs, in four panels.

    A line is the mean over the seeds, its band the 95 % interval of the mean.

    Parameters
    ----------
    title : str
        Stands above the names of the data sets.
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
    data = dict.fromkeys(name_data(group[0]) for group in groups)
    lines = [
        *wrap(title, TITLE_WIDTH),
        *wrap(f"data: {', '.join(data)}", TITLE_WIDTH, break_on_hyphens=False),
        describe_seeds(runs),
    ]
    figure.set_figheight(figure.get_figheight() + LINE_INCHES * len(lines))
    figure.suptitle("\n".join(lines))
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
    # A mean over seeds of which one is unmetered is not drawn.
    metered = bool(np.isfinite(axes.dataLim.y1))
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
    draw_band(axes, epochs, seeds, COLOURS[place], limits)


def _draw(spec: Mapping[str, Any], files: Sequence[str]) -> Figure:
    return draw_curves(spec["title"], read_runs(Path(files[0]).parents[2], spec))


def _describe(title: str, runs: Sequence[Run]) -> Description:
    labels = ", ".join(dict.fromkeys(run.label for run in runs))
    return Description(
        f"{title}, over the epochs",
        f"Accuracy, time, memory and power of {labels}, epoch by epoch; "
        f"{describe_seeds(runs)}. A panel without readings gives the reason.",
        f"Four panels of lines over the epochs for {labels}: training and validation "
        "accuracy in percent, seconds, memory and power; the tables give their totals "
        "and best values.",
    )


CURVES = Illustration("Over the epochs", _draw, _describe)
