"""What a spiking network knows after each time step, and what it took to there."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import EngFormatter, LogLocator, MaxNLocator, NullFormatter

from spikemeter.report.courses import DECODED, TIES, Course, accuracy_pct, course
from spikemeter.report.energy.chips import Chip, published
from spikemeter.report.energy.estimates import cmos
from spikemeter.report.figures.lines import PERCENT, POSITIVE, band, seeds_line
from spikemeter.report.figures.style import COLOURS, styled
from spikemeter.report.inference_counts import per_inference
from spikemeter.report.runs import Run, group_by_network
from spikemeter.report.statistics import Values
from spikemeter.report.twins import are_twins

MARKERS = "osD^vP"
TWIN: Literal["--"] = "--"
TWIN_MARKER = "*"
# In inches; the legend has a line for each network.
WIDTH, HEIGHT, LEGEND_LINE = 6.4, 5.2, 0.17
# An axis that is shorter than this factor has ticks within its decades.
SHORT = 50
Groups = Sequence[Sequence[Run]]


@styled
def anytime(title: str, runs: Sequence[Run]) -> Figure:
    """Draw accuracy, operations and estimated energy over the steps, in four panels.

    Parameters
    ----------
    title : str
    runs : sequence of Run
        All seeds of an experiment's networks; those that spike are drawn, the ReLU
        network of the same layers and input as a dashed line in their colour.

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
    chip = published().chips["cmos45"]
    handles = _legend(spiking, groups)
    figure = Figure(figsize=(WIDTH, HEIGHT + LEGEND_LINE * len(handles)))
    seeds = dict.fromkeys(run.seed for run in runs)
    figure.suptitle(f"{title}, after each time step\n{seeds_line(seeds)}")
    panels = figure.subplots(2, 2).ravel()
    for colour, marker, group in zip(COLOURS, MARKERS, spiking, strict=False):
        _draw_network(panels, course(group, chip), colour, marker)
        for twin in (other for other in groups if are_twins(group[0], other[0])):
            _draw_twin(panels, twin, chip, colour)
    _name(panels)
    figure.legend(handles=handles, loc="outside lower center")
    return figure


def caption(runs: Sequence[Run]) -> str:
    """Return what the figure shows, in words."""
    groups = list(group_by_network(runs).values())
    spiking = [group[0] for group in groups if group[0].spiking]
    shown = (
        f"Anytime decoding of {', '.join(run.label for run in spiking)}: (a) test "
        f"accuracy {DECODED} ({TIES}); (b) effective synaptic operations of the "
        "first t steps of an inference, multiply-accumulates and accumulates together; "
        f"(c) what they are estimated to take on {published().chips['cmos45'].title}, "
        "from the arithmetic alone to one cache access an operation more; (d) accuracy "
        "against operations, the last step marked."
    )
    if _has_twin(spiking, groups):
        shown += (
            " Dashed lines and stars: the ReLU network of the same layers and input, "
            "which has one pass and no steps; in (b) and (d) with all its "
            "multiply-accumulates."
        )
    return shown


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
        _line(axes, steps, by_seed, colour, marker)
        band(axes, steps, by_seed, colour, limits)
    least, most = found.least_j.mean(axis=0), found.most_j.mean(axis=0)
    energy.fill_between(steps, least, most, color=colour, alpha=0.12, lw=0)
    for edge in (least, most):
        energy.plot(steps, edge, color=colour, marker=marker, markevery=[-1], lw=0.8)
    spent, reached = found.operations.mean(axis=0), found.accuracy_pct.mean(axis=0)
    both.plot(spent, reached, color=colour, marker=marker, markevery=[-1])


def _line(axes: Axes, steps: Values, by_seed: Values, colour: str, marker: str) -> None:
    every = max(1, len(steps) // 8)
    mean = by_seed.mean(axis=0)
    axes.plot(steps, mean, color=colour, marker=marker, markevery=every)


def _draw_twin(
    panels: Sequence[Axes], twin: Sequence[Run], chip: Chip, colour: str
) -> None:
    accuracy, operations, energy, both = panels
    reached = float(np.mean([accuracy_pct(run)[-1] for run in twin]))
    dense_macs = float(per_inference(twin[0]).dense_macs)
    accuracy.axhline(reached, color=colour, linestyle=TWIN)
    operations.axhline(dense_macs, color=colour, linestyle=TWIN)
    both.plot(dense_macs, reached, color=colour, marker=TWIN_MARKER, markersize=8)
    for edge in zip(*(cmos(per_inference(run), chip) for run in twin), strict=True):
        energy.axhline(float(np.mean(edge)), color=colour, linestyle=TWIN)


def _name(panels: Sequence[Axes]) -> None:
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
        low, high = axis.get_view_interval()
        within = (1, 2, 5) if high < SHORT * low else (1,)
        axis.set_major_locator(LogLocator(subs=within))
        axis.set_major_formatter(EngFormatter(sep=" "))
        axis.set_minor_formatter(NullFormatter())


def _legend(spiking: Groups, groups: Groups) -> list[Line2D]:
    handles = [
        Line2D([], [], color=colour, marker=marker, label=_label(group[0]))
        for colour, marker, group in zip(COLOURS, MARKERS, spiking, strict=False)
    ]
    if _has_twin([group[0] for group in spiking], groups):
        twin = Line2D([], [], color="0.3", linestyle=TWIN, marker=TWIN_MARKER)
        twin.set_label("ReLU, one pass")
        handles.append(twin)
    return handles


def _label(run: Run) -> str:
    data = run.train["data"]
    told = not data["stand_in"] or "stand-in" in data["title"]
    return f"{run.label}, {data['title']}" + ("" if told else " (stand-in)")
