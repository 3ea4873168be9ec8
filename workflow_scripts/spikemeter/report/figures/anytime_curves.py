"""Accuracy, operations and energy of spiking networks after each time step."""

from collections.abc import Sequence
from itertools import product
from textwrap import fill

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from spikemeter.report.energy.chips import read_catalogue
from spikemeter.report.figures.illustration import Description, Illustration
from spikemeter.report.figures.lines import (
    OTHER,
    Look,
    choose_looks,
    describe_looks,
    describe_seeds,
    draw_mean,
    draw_runs,
    list_handles,
    make_handle,
    name_data,
    set_log_ticks,
)
from spikemeter.report.inference_counts import (
    DECODED,
    TIES,
    count_per_inference,
    follow_course,
)
from spikemeter.report.runs import Run, are_twins, group_by_network

TWIN, TWIN_MARKER = "--", "*"
# In inches; the legend has a line for each network with a name.
WIDTH, HEIGHT, LEGEND_LINE = 6.4, 5.2, 0.17
# Characters that fit above the panels.
TITLE_WIDTH = 70


def draw_anytime(title: str, runs: Sequence[Run]) -> Figure:
    """Draw accuracy, operations and estimated energy over the steps, in four panels.

    Parameters
    ----------
    title : str
    runs : sequence of Run
        All seeds of an experiment's networks. Each spiking network is drawn, with its
        conventional twin (same layers, same input) as a dashed line in its colour.
    """
    groups = group_by_network(runs)
    looks = choose_looks(_list_spiking(runs))
    labels = {run.network: f"{run.label}, {name_data(run)}" for run in runs}
    handles = list_handles(looks, labels)
    if _has_twin(runs):
        one_pass = {"color": "0.3", "linestyle": TWIN, "marker": TWIN_MARKER}
        handles.append(make_handle("not spiking, one pass", **one_pass))
    figure = Figure(figsize=(WIDTH, HEIGHT + LEGEND_LINE * len(handles)))
    heading = fill(f"{title}, after each time step", TITLE_WIDTH)
    figure.suptitle(f"{heading}\n{describe_seeds(runs)}")
    panels = figure.subplots(2, 2).ravel()
    for network, look in looks.items():
        group = groups[network]
        _draw_network(panels, group, look)
        for twin in groups.values():
            if are_twins(group[0], twin[0]):
                _draw_twin(panels, twin, look)
    _label_axes(panels)
    figure.legend(handles=handles, loc="outside lower center")
    return figure


def _list_spiking(runs: Sequence[Run]) -> list[Run]:
    return [run for run in runs if run.spiking]


def _has_twin(runs: Sequence[Run]) -> bool:
    return any(are_twins(run, other) for run, other in product(runs, runs))


def _draw_network(panels: Sequence[Axes], group: Sequence[Run], look: Look) -> None:
    accuracy, operations, energy, both = panels
    found = follow_course(group)
    steps = group[0].steps["step"]
    every = max(1, len(steps) // 8)
    draw_mean(accuracy, steps, found.accuracy_pct, look, 100, markevery=every)
    draw_mean(operations, steps, found.operations, look, markevery=every)
    least, most = found.least_j.mean(axis=0), found.most_j.mean(axis=0)
    if look is not OTHER:
        energy.fill_between(steps, least, most, color=look["color"], alpha=0.12, lw=0)
    for edge in (least, most):
        energy.plot(steps, edge, **{"linewidth": 0.8, **look}, markevery=[-1])
    spent, reached = found.operations.mean(axis=0), found.accuracy_pct.mean(axis=0)
    both.plot(spent, reached, **look, markevery=[-1])


def _draw_twin(panels: Sequence[Axes], twin: Sequence[Run], look: Look) -> None:
    accuracy, operations, energy, both = panels
    found = follow_course(twin)
    reached = found.accuracy_pct.mean()
    dense_macs = count_per_inference(twin[0]).dense_macs
    for axes, height in (
        *((accuracy, reached), (operations, dense_macs)),
        *((energy, found.least_j.mean()), (energy, found.most_j.mean())),
    ):
        axes.axhline(float(height), **{**look, "marker": "", "linestyle": TWIN})
    both.plot(dense_macs, reached, **{**look, "marker": TWIN_MARKER}, markersize=8)


def _label_axes(panels: Sequence[Axes]) -> None:
    accuracy, operations, energy, both = panels
    accuracy.set(title="(a) Accuracy", ylabel="test accuracy (%)")
    operations.set(title="(b) Synaptic operations", ylabel="per inference")
    energy.set(title="(c) Energy, estimated for 45 nm", ylabel="per inference (J)")
    both.set(title="(d) Accuracy for operations", ylabel="test accuracy (%)")
    both.set(xlabel="synaptic operations per inference", xscale="log")
    for axes in (accuracy, operations, energy):
        axes.set_xlabel("time steps")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    for axes in (operations, energy):
        axes.set_yscale("log")
        set_log_ticks(axes.yaxis)
    set_log_ticks(both.xaxis)


def _describe(title: str, runs: Sequence[Run]) -> Description:
    spiking = {run.network: run.label for run in runs if run.spiking}
    caption = (
        f"Anytime decoding of {', '.join(spiking.values())}: (a) test "
        f"accuracy {DECODED} ({TIES}), in the metered test; (b) effective synaptic "
        "operations of the first t steps of an inference, multiply-accumulates and "
        "accumulates together; (c) their estimated energy on "
        f"{read_catalogue().chips['cmos45'].title}, from the arithmetic "
        "alone to one more cache access per operation; (d) accuracy against "
        "operations, with a marker at the last step."
        f"{describe_looks(choose_looks(_list_spiking(runs)))}"
    )
    if _has_twin(runs):
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


ANYTIME = Illustration(
    "Accuracy after every time step", draw_runs(draw_anytime), _describe
)
