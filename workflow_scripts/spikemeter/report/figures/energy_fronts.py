"""Accuracy against the energy of an inference, estimated for chips and measured."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

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
from spikemeter.report.figures.lines import set_log_ticks
from spikemeter.report.figures.palette import COLOURS, MARKERS
from spikemeter.report.figures.style import styled
from spikemeter.report.marks import (
    MISSING,
    PART_OF_DATA,
    STAND_IN,
    add_mark,
    choose_data_mark,
)
from spikemeter.report.runs import Run, group_by_network, read_runs

FRONT = "0.75"
# Steps with a marker: powers of this in the first half, and the last.
FACTOR = 4
PANEL_WIDTH, HEIGHT = 3.5, 5.2
MARKS = {STAND_IN: "a stand-in data set", PART_OF_DATA: "not the whole data set"}


@styled
def draw_energy(runs: Sequence[Run]) -> Figure:
    """Draw accuracy against energy per inference, one panel per hardware.

    Parameters
    ----------
    runs : sequence of Run
        All seeds of all networks, in order of colour and marker.

    Raises
    ------
    ValueError
        If there is no run.
    """
    groups = group_by_network(runs)
    if not groups:
        raise ValueError("no run to draw; name a network in networks of config.yaml")
    panels = make_energy_curves(groups)
    figure = Figure(figsize=(PANEL_WIDTH * len(panels), HEIGHT))
    every_axes = figure.subplots(1, len(panels), sharey=True, squeeze=False).ravel()
    every_axes[0].set_ylabel("test accuracy (%)")
    for axes, (title, curves) in zip(every_axes, panels.items(), strict=True):
        axes.set(title=title, xscale="log", xlabel="energy per inference")
        _draw_fronts(axes, groups, curves, by_machine=title == MEASURED)
        for place, network in enumerate(groups):
            if network in curves:
                _draw_curve(axes, curves[network], place, groups[network][0].spiking)
        set_log_ticks(axes.xaxis, "J")
    figure.legend(handles=_make_handles(groups), loc="outside lower center", ncols=3)
    return figure


def _draw_curve(axes: Axes, curve: Curve, place: int, spiking: bool) -> None:
    colour = COLOURS[place % len(COLOURS)]
    last = len(curve.steps) - 1
    powers = (FACTOR**exponent for exponent in range(last.bit_length()))
    shown = [*(power - 1 for power in powers if 2 * power <= last + 1), last]
    axes.hlines(curve.accuracy_pct[-1], *curve.bar_j, color=colour, lw=3, alpha=0.35)
    axes.plot(
        curve.energy_j,
        curve.accuracy_pct,
        color=colour,
        marker=MARKERS[place % len(MARKERS)],
        markevery=shown,
        markerfacecolor=colour if spiking else "white",
        zorder=2 if spiking else 3,
    )
    for n in shown if spiking else []:
        axes.annotate(
            str(curve.steps[n]),
            (curve.energy_j[n], curve.accuracy_pct[n]),
            xytext=(2, -7),
            textcoords="offset points",
            color=colour,
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


def _make_handles(groups: Mapping[str, Sequence[Run]]) -> list[Line2D]:
    handles = []
    for place, (run, *_) in enumerate(groups.values()):
        spiking, colour = run.spiking, COLOURS[place % len(COLOURS)]
        label = add_mark(run.label, choose_data_mark(run))
        handles.append(
            Line2D(
                [],
                [],
                color=colour,
                linestyle="-" if spiking else "none",
                marker=MARKERS[place % len(MARKERS)],
                markerfacecolor=colour if spiking else "white",
                label=f"exp {run.experiment}: {label}",
            )
        )
    handles.append(Line2D([], [], color=FRONT, lw=3, label="Pareto front"))
    used = {choose_data_mark(run) for run, *_ in groups.values()}
    for mark, text in MARKS.items():
        if mark in used:
            handles.append(Line2D([], [], linestyle="none", label=f"{mark} {text}"))
    return handles


def _draw(spec: Mapping[str, Any], files: Sequence[str]) -> Figure:
    return draw_energy(read_runs(Path(files[0]).parents[2], spec))


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
        "Test accuracy against the energy of one inference. Estimated: operations "
        "counted in the test times published energies (see their table); a point is "
        "the geometric mean of its range, and the bar of the last point is the range. "
        "A line follows a spiking network over its time steps, its latency: the class "
        "that has fired most after the first t steps, from one trained network; the "
        "numbers are t. Hollow points are conventional networks; their only estimate "
        "is for 45 nm, because the chips do not run them. TrueNorth is in the table "
        f"alone. {measured} Grey: the Pareto front of each test set. Means over the "
        "seeds.",
        "One panel per target, accuracy over energy on a logarithmic scale, for "
        f"{labels}; the table of estimated energy gives the values.",
    )


ENERGY = Illustration("Accuracy against energy", _draw, _describe)
