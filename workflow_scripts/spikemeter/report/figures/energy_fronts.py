"""Accuracy against the energy of an inference, estimated for chips and measured."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from spikemeter.report.conditions import name_energy_machine
from spikemeter.report.energy.pareto import (
    MEASURED,
    Curve,
    find_pareto_front,
    make_energy_curves,
)
from spikemeter.report.figures.illustration import Description, Illustration
from spikemeter.report.figures.lines import (
    Look,
    add_legend,
    choose_looks,
    draw_runs,
    make_handle,
    set_log_ticks,
)
from spikemeter.report.marks import (
    MISSING,
    PART_OF_DATA,
    STAND_IN,
    add_mark,
    choose_data_mark,
)
from spikemeter.report.runs import Run, group_by_network

FRONT = "0.75"
# Steps with a marker: powers of this in the first half, and the last.
FACTOR = 4
PANEL_WIDTH, HEIGHT = 3.5, 5.2
MARKS = {STAND_IN: "a stand-in data set", PART_OF_DATA: "not the whole data set"}


def draw_energy(runs: Sequence[Run]) -> Figure:
    """Draw accuracy against energy per inference, one panel per hardware.

    Parameters
    ----------
    runs : sequence of Run
        All seeds of all networks, in order of colour and marker.
    """
    groups = group_by_network(runs)
    panels, looks = make_energy_curves(groups), _choose_looks(runs)
    figure = Figure(figsize=(PANEL_WIDTH * len(panels), HEIGHT))
    every_axes = figure.subplots(1, len(panels), sharey=True, squeeze=False).ravel()
    every_axes[0].set_ylabel("test accuracy (%)")
    for axes, (title, curves) in zip(every_axes, panels.items(), strict=True):
        axes.set(title=title, xscale="log", xlabel="energy per inference")
        _draw_fronts(axes, groups, curves, by_machine=title == MEASURED)
        for network, curve in curves.items():
            _draw_curve(axes, curve, looks[network], groups[network][0].spiking)
        set_log_ticks(axes.xaxis, "J")
    add_legend(figure, _make_handles(groups, looks))
    return figure


def _choose_looks(runs: Sequence[Run]) -> dict[str, Look]:
    """Return the look of each network: markers of a conventional one are hollow."""
    spiking = {run.network: run.spiking for run in runs}
    return {
        name: {**look, "markerfacecolor": look["color"] if spiking[name] else "white"}
        for name, look in choose_looks(runs, most=len(spiking)).items()
    }


def _draw_curve(axes: Axes, curve: Curve, look: Look, spiking: bool) -> None:
    last = len(curve.steps) - 1
    powers = (FACTOR**exponent for exponent in range(last.bit_length()))
    shown = [*(power - 1 for power in powers if 2 * power <= last + 1), last]
    bar = {"color": look["color"], "lw": 3, "alpha": 0.35}
    axes.hlines(curve.accuracy_pct[-1], *curve.bar_j, **bar)
    order = 2 if spiking else 3
    axes.plot(
        *(curve.energy_j, curve.accuracy_pct), **look, markevery=shown, zorder=order
    )
    for n in shown if spiking else []:
        axes.annotate(
            str(curve.steps[n]),
            (curve.energy_j[n], curve.accuracy_pct[n]),
            xytext=(2, -7),
            textcoords="offset points",
            color=look["color"],
            fontsize=6,
        )


def _draw_fronts(
    axes: Axes,
    groups: Mapping[str, Sequence[Run]],
    curves: Mapping[str, Curve],
    by_machine: bool,
) -> None:
    """Draw, for each test set, the accuracies that no cheaper point reaches."""
    tests: dict[tuple[object, ...], list[Curve]] = {}
    for network, curve in curves.items():
        run = groups[network][0]
        data, machine = run.train["data"], run.machine("test")
        key = (data["title"], data["test_samples"], machine if by_machine else ())
        tests.setdefault(key, []).append(curve)
    for same in tests.values():
        energies_j = np.concatenate([curve.energy_j for curve in same])
        accuracies = np.concatenate([curve.accuracy_pct for curve in same])
        front = find_pareto_front(energies_j, accuracies)
        where = (energies_j[front], accuracies[front])
        axes.step(*where, where="post", color=FRONT, lw=3, zorder=0)


def _make_handles(
    groups: Mapping[str, Sequence[Run]], looks: Mapping[str, Look]
) -> list[Line2D]:
    handles = []
    for network, (run, *_) in groups.items():
        label = f"exp {run.experiment}: {add_mark(run.label, choose_data_mark(run))}"
        line = "-" if run.spiking else "none"
        handles.append(make_handle(label, **looks[network], linestyle=line))
    handles.append(make_handle("Pareto front", color=FRONT, lw=3))
    used = {choose_data_mark(run) for run, *_ in groups.values()}
    for mark, text in MARKS.items():
        if mark in used:
            handles.append(make_handle(f"{mark} {text}", linestyle="none"))
    return handles


def _describe(_: str, runs: Sequence[Run]) -> Description:
    machines = dict.fromkeys(
        name_energy_machine(group) for group in group_by_network(runs).values()
    )
    named = ", ".join(name for name in machines if name != MISSING)
    measured = (
        f"Measured: the whole test on {named}, many samples at once; the bar extends "
        "down to the energy net of idle, where idle power was measured."
        if named
        else "The energy of an inference could not be measured on this machine."
    )
    labels = ", ".join(dict.fromkeys(run.label for run in runs))
    return Description(
        "Accuracy against the energy of an inference",
        "Test accuracy (expected over ties) against the energy of one inference, both "
        "of the metered test. Estimated: operations counted in the test times "
        "published energies (see their table); a point is the geometric mean of its "
        "range, and the bar of the last point is the range. A line follows a spiking "
        "network over its time steps, its latency: the class that has fired most after "
        "the first t steps, from one trained network; the numbers are t. Hollow points "
        "are conventional networks; their only estimate is for 45 nm, because the "
        "chips do not run them. TrueNorth is in the table alone. "
        f"{measured} Grey: the Pareto front of each test set. Means over the seeds.",
        "One panel per target, accuracy over energy on a logarithmic scale, for "
        f"{labels}; the table of estimated energy gives the values.",
    )


ENERGY = Illustration(
    "Accuracy against energy", draw_runs(lambda _, runs: draw_energy(runs)), _describe
)
