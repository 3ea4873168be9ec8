"""Accuracy, operations and energy of spiking networks after each time step."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import fill
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from spikemeter.report.courses import (
    DECODED,
    TIES,
    Course,
    follow_course,
    list_accuracies_pct,
)
from spikemeter.report.energy.chips import Chip, read_catalogue
from spikemeter.report.energy.estimates import estimate_cmos
from spikemeter.report.figures.illustration import Description, Illustration
from spikemeter.report.figures.lines import (
    PERCENT,
    POSITIVE,
    describe_seeds,
    draw_band,
    name_data,
    set_log_ticks,
)
from spikemeter.report.figures.palette import COLOURS, MARKERS
from spikemeter.report.figures.style import styled
from spikemeter.report.inference_counts import count_per_inference
from spikemeter.report.runs import Run, are_twins, group_by_network, read_runs

TWIN: Literal["--"] = "--"
TWIN_MARKER = "*"
# In inches; the legend has a line for each network.
WIDTH, HEIGHT, LEGEND_LINE = 6.4, 5.2, 0.17
# Characters that fit above the panels.
TITLE_WIDTH = 70
Groups = Sequence[Sequence[Run]]


@styled
def draw_anytime(title: str, runs: Sequence[Run]) -> Figure:
    """Draw accuracy, operations and estimated energy over the steps, in four panels.

    Parameters
    ----------
    title : str
    runs : sequence of Run
        All seeds of an experiment's networks. Each spiking network is drawn, with its
        conventional twin (same layers, same input) as a dashed line in its colour.

    Raises
    ------
    ValueError
        If no network spikes, or more do than there are colours.
    """
    groups = list(group_by_network(runs).values())
    spiking = [group for group in groups if group[0].spiking]
    if not 1 <= len(spiking) <= len(COLOURS):
        raise ValueError(
            f"{title} has {len(spiking)} spiking networks with results but a figure "
            f"shows 1 to {len(COLOURS)}; set experiment in networks of config.yaml"
        )
    chip = read_catalogue().chips["cmos45"]
    handles = _make_legend(spiking, groups)
    figure = Figure(figsize=(WIDTH, HEIGHT + LEGEND_LINE * len(handles)))
    heading = fill(f"{title}, after each time step", TITLE_WIDTH)
    figure.suptitle(f"{heading}\n{describe_seeds(runs)}")
    panels = figure.subplots(2, 2).ravel()
    for colour, marker, group in zip(COLOURS, MARKERS, spiking, strict=False):
        _draw_network(panels, follow_course(group, chip), colour, marker)
        for twin in (other for other in groups if are_twins(group[0], other[0])):
            _draw_twin(panels, twin, chip, colour)
    _label_axes(panels)
    figure.legend(handles=handles, loc="outside lower center")
    return figure


def _has_twin(spiking: Sequence[Run], groups: Groups) -> bool:
    return any(are_twins(run, other[0]) for run in spiking for other in groups)


def _draw_network(
    panels: Sequence[Axes], found: Course, colour: str, marker: str
) -> None:
    accuracy, operations, energy, both = panels
    steps = np.arange(1, found.accuracy_pct.shape[1] + 1)
    for axes, by_seed, limits in (
        (accuracy, found.accuracy_pct, PERCENT),
        (operations, found.operations, POSITIVE),
    ):
        axes.plot(
            *(steps, by_seed.mean(axis=0)),
            color=colour,
            marker=marker,
            markevery=max(1, len(steps) // 8),
        )
        draw_band(axes, steps, by_seed, colour, limits)
    least, most = found.least_j.mean(axis=0), found.most_j.mean(axis=0)
    energy.fill_between(steps, least, most, color=colour, alpha=0.12, lw=0)
    for edge in (least, most):
        energy.plot(steps, edge, color=colour, marker=marker, markevery=[-1], lw=0.8)
    spent, reached = found.operations.mean(axis=0), found.accuracy_pct.mean(axis=0)
    both.plot(spent, reached, color=colour, marker=marker, markevery=[-1])


def _draw_twin(
    panels: Sequence[Axes], twin: Sequence[Run], chip: Chip, colour: str
) -> None:
    accuracy, operations, energy, both = panels
    reached = float(np.mean([list_accuracies_pct(run)[-1] for run in twin]))
    dense_macs = float(count_per_inference(twin[0]).dense_macs)
    accuracy.axhline(reached, color=colour, linestyle=TWIN)
    operations.axhline(dense_macs, color=colour, linestyle=TWIN)
    both.plot(dense_macs, reached, color=colour, marker=TWIN_MARKER, markersize=8)
    for edge in zip(
        *(estimate_cmos(count_per_inference(run), chip) for run in twin), strict=True
    ):
        energy.axhline(float(np.mean(edge)), color=colour, linestyle=TWIN)


def _label_axes(panels: Sequence[Axes]) -> None:
    accuracy, operations, energy, both = panels
    accuracy.set(title="(a) Accuracy", ylabel="test accuracy (%)")
    operations.set(title="(b) Synaptic operations", ylabel="per inference")
    energy.set(title="(c) Energy, estimated for 45 nm", ylabel="per inference (J)")
    both.set(title="(d) Accuracy for operations", ylabel="test accuracy (%)")
    both.set_xlabel("synaptic operations per inference")
    for axes in (accuracy, operations, energy):
        axes.set_xlabel("time steps")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    operations.set_yscale("log")
    energy.set_yscale("log")
    both.set_xscale("log")
    for axis in (operations.yaxis, energy.yaxis, both.xaxis):
        set_log_ticks(axis)


def _make_legend(spiking: Groups, groups: Groups) -> list[Line2D]:
    handles = [
        Line2D(
            [], [], color=colour, marker=marker, label=f"{run.label}, {name_data(run)}"
        )
        for colour, marker, (run, *_) in zip(COLOURS, MARKERS, spiking, strict=False)
    ]
    if _has_twin([group[0] for group in spiking], groups):
        twin = Line2D([], [], color="0.3", linestyle=TWIN, marker=TWIN_MARKER)
        twin.set_label("not spiking, one pass")
        handles.append(twin)
    return handles


def _draw(spec: Mapping[str, Any], files: Sequence[str]) -> Figure:
    return draw_anytime(spec["title"], read_runs(Path(files[0]).parents[2], spec))


def _describe(title: str, runs: Sequence[Run]) -> Description:
    groups = list(group_by_network(runs).values())
    spiking = [group[0] for group in groups if group[0].spiking]
    caption = (
        f"Anytime decoding of {', '.join(run.label for run in spiking)}: (a) test "
        f"accuracy {DECODED} ({TIES}); (b) effective synaptic operations of the first "
        "t steps of an inference, multiply-accumulates and accumulates together; (c) "
        f"their estimated energy on {read_catalogue().chips['cmos45'].title}, from the "
        "arithmetic alone to one more cache access per operation; (d) accuracy against "
        "operations, with a marker at the last step."
    )
    if _has_twin(spiking, groups):
        caption += (
            " Dashed lines and stars: the conventional network with the same layers "
            "and input, which has one pass and no steps; (b) and (d) show all its "
            "multiply-accumulates."
        )
    labels = ", ".join(dict.fromkeys(run.label for run in runs))
    return Description(
        f"{title}, after every time step",
        caption,
        f"Four panels of lines for {labels}: accuracy, synaptic operations and "
        "estimated energy over the time steps, and accuracy over operations; the table "
        "on anytime decoding gives the values.",
    )


ANYTIME = Illustration("Accuracy after every time step", _draw, _describe)
