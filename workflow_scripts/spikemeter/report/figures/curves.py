"""Accuracy, time, memory and power of an experiment over the epochs."""

from collections.abc import Sequence
from textwrap import fill, wrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from spikemeter.report.figures.illustration import Description, Illustration
from spikemeter.report.figures.lines import (
    add_legend,
    choose_looks,
    describe_looks,
    describe_seeds,
    draw_mean,
    draw_runs,
    list_handles,
    make_handle,
    name_data,
)
from spikemeter.report.figures.palette import COLOURS
from spikemeter.report.runs import Run, group_by_network

LINES = {"val": "-", "train": "--"}
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


def draw_curves(title: str, runs: Sequence[Run]) -> Figure:
    """Draw the networks of one experiment over the epochs, in four panels.

    A line is the mean over the seeds, its band the 95 % interval of the mean.

    Parameters
    ----------
    title : str
        Stands above the names of the data sets.
    runs : sequence of Run
        All seeds of the networks that the experiment compares, in order of colour.
    """
    groups, looks = group_by_network(runs), choose_looks(runs)
    data = ", ".join(dict.fromkeys(map(name_data, runs)))
    lines = [
        *wrap(title, TITLE_WIDTH),
        *wrap(f"data: {data}", TITLE_WIDTH, break_on_hyphens=False),
        describe_seeds(runs),
    ]
    figure = Figure()
    figure.set_figheight(figure.get_figheight() + LINE_INCHES * len(lines))
    figure.suptitle("\n".join(lines))
    panels = figure.subplots(2, 2).ravel()
    for axes in panels:
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    panels[0].set(title="(a) Accuracy", ylabel="accuracy (%)")
    for network, group in groups.items():
        look = looks[network]
        epochs = group[0].epochs["epoch"]
        every = max(1, len(epochs) // 10)
        for part, line in LINES.items():
            pct = np.array([100 * run.epochs[f"{part}_accuracy"] for run in group])
            kind = {"linestyle": line, "markevery": every}
            draw_mean(panels[0], epochs, pct, look, 100, **kind)
        for axes, (reading, *_) in zip(panels[1:], PANELS, strict=True):
            by_seed = np.array([run.epochs[reading] for run in group])
            draw_mean(axes, epochs, by_seed, look, markevery=every)
    handles = [make_handle(color="0.3", linestyle=line) for line in LINES.values()]
    panels[0].legend(handles, ["validation", "training"], loc="lower right")
    devices = sorted({run.conditions("train")["device"] for run in runs})
    for axes, (reading, heading, labels) in zip(panels[1:], PANELS, strict=True):
        label = " or\n".join(dict.fromkeys(labels[device] for device in devices))
        axes.set(title=heading, ylabel=label)
        _explain_gaps(axes, runs, reading)
    add_legend(figure, list_handles(looks, {run.network: run.label for run in runs}))
    return figure


def _explain_gaps(axes: Axes, runs: Sequence[Run], reading: str) -> None:
    """Write why and of whom a reading is missing; fit the axes to the rest."""
    unmetered: dict[str, dict[str, None]] = {}
    for run in runs:
        if run.epochs[reading].isna().any():
            reason = run.reason(reading, "train")
            unmetered.setdefault(reason, {})[run.label] = None
    everyone = {run.label for run in runs}
    lines = []
    for reason, who in unmetered.items():
        few = len(who) <= len(COLOURS)
        names = ", ".join(who) if few else f"{len(who)} networks"
        named = "" if who.keys() == everyone else f"{names}: "
        lines.append(fill(f"{named}not metered: {reason}", NOTE_WIDTH))
    highest = axes.dataLim.y1
    if np.isfinite(highest):
        # Lines start at 0 and rarely run along the bottom, where the note then stands.
        height, side = 0.04, "bottom"
        axes.set_ylim(0, 1.1 * highest)
    else:
        height, side = 0.5, "center"
        axes.set(xticks=[], yticks=[])
    where = {"ha": "center", "va": side, "transform": axes.transAxes}
    axes.text(0.5, height, "\n".join(lines), where)


def _describe(title: str, runs: Sequence[Run]) -> Description:
    labels = ", ".join(dict.fromkeys(run.label for run in runs))
    return Description(
        f"{title}, over the epochs",
        f"Accuracy, time, memory and power of {labels}, epoch by epoch; "
        f"{describe_seeds(runs)}. A panel without readings gives the reason."
        f"{describe_looks(choose_looks(runs))}",
        f"Four panels of lines over the epochs for {labels}: training and validation "
        "accuracy in percent, seconds, memory and power; the tables give their totals "
        "and best values.",
    )


CURVES = Illustration("Over the epochs", draw_runs(draw_curves), _describe)
