"""The leaky integrate-and-fire neuron: its circuit and its spikes."""

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure, SubFigure
from matplotlib.patches import Circle

from spikemeter.report.figures.illustration import Illustration, describe_as
from spikemeter.report.figures.palette import BLUE, ORANGE
from spikemeter.report.figures.sketch import INK, arrow, canvas

# snnTorch's threshold, and a leak that the eye can follow.
BETA, THRESHOLD = 0.8, 1.0
TRACE_STEPS = 100
TRACE_WEIGHT = 0.45
TRACE_RATE = 0.35


def simulate_lif(
    current: npt.NDArray[np.floating], beta: float, threshold: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Return membrane potential and spikes of one leaky integrate-and-fire neuron.

    ``U[t] = beta U[t-1] + I[t] - S[t-1] threshold`` and ``S[t] = U[t] > threshold``,
    as snnTorch's ``Leaky`` with reset by subtraction.

    Parameters
    ----------
    current : array of shape (steps,)
        The weighted input of each step.
    """
    membrane = np.zeros(len(current))
    potential, spike = 0.0, False
    for step, value in enumerate(current):
        potential = beta * potential + value - spike * threshold
        spike = potential > threshold
        membrane[step] = potential
    return membrane, membrane > threshold


def draw_neuron() -> Figure:
    """Draw the circuit of the neuron, and its spikes over time."""
    figure = Figure(figsize=(7.2, 3.2))
    grid = figure.add_gridspec(1, 2, width_ratios=(2, 3))
    _draw_circuit(figure.add_subfigure(grid[0]))
    _draw_traces(figure.add_subfigure(grid[1]))
    return figure


def _draw_traces(figure: SubFigure) -> None:
    """Draw input spikes, membrane potential and output spikes over time."""
    arriving = np.random.default_rng(0).random(TRACE_STEPS) < TRACE_RATE
    membrane, leaving = simulate_lif(TRACE_WEIGHT * arriving, BETA, THRESHOLD)
    steps = np.arange(TRACE_STEPS)
    top, middle, bottom = figure.subplots(3, 1, sharex=True, height_ratios=(1, 4, 1))
    for axes, spikes, name in ((top, arriving, "input"), (bottom, leaving, "output")):
        axes.vlines(steps[spikes], 0, 1, color=INK, linewidth=1.2)
        axes.set(yticks=[], ylim=(0, 1.1))
        axes.set_ylabel(f"{name}\nspikes", rotation=0, ha="right", va="center")
        axes.grid(visible=False)
    middle.plot(steps, membrane, color=BLUE)
    middle.axhline(THRESHOLD, color=ORANGE, linestyle="--")
    middle.annotate(
        f"threshold θ = {THRESHOLD:g}",
        (TRACE_STEPS - 1, THRESHOLD),
        xytext=(0, 3),
        textcoords="offset points",
        ha="right",
    )
    middle.set(ylabel="membrane potential U", xlim=(-1, TRACE_STEPS))
    bottom.set_xlabel("time step")
    figure.suptitle(
        f"U[t] = β U[t−1] + W X[t] − S[t−1] θ,  β = {BETA:g},  W = {TRACE_WEIGHT:g}"
    )


def _draw_circuit(figure: SubFigure) -> None:
    """Draw the neuron's membrane as a resistor and a capacitor."""
    axes = canvas(figure, (-1.5, 6.2), (-0.9, 4.2))
    top, low = 3.2, 0.0
    left, resistor, capacitor, right = 0.0, 2.2, 4.2, 5.2
    sides = np.resize([resistor + 0.22, resistor - 0.22], 6)
    zigzag = zip(sides, np.linspace(2.4, 0.8, 7)[:-1], strict=True)
    plates, ground = (1.5, 1.7), ((0.30, -0.25), (0.19, -0.35), (0.08, -0.45))
    wires = [
        [(left, 1.1), (left, low), (capacitor, low), (capacitor, 1.5)],
        [(left, 2.1), (left, top), (capacitor, top), (capacitor, 1.7)],
        [(resistor, top), (resistor, 2.4), (resistor, 2.4), *zigzag, (resistor, 0.8)],
        [(resistor, 0.8), (resistor, low)],
        [(capacitor, top), (right, top)],
        [(capacitor, low), (right, low)],
        *([(capacitor - 0.4, y), (capacitor + 0.4, y)] for y in plates),
        [(3.2, low), (3.2, -0.25)],
        *([(3.2 - half, y), (3.2 + half, y)] for half, y in ground),
    ]
    for points in wires:
        width = 2.2 if points[0][1] in plates else 1.4
        axes.plot(*zip(*points, strict=True), color=INK, linewidth=width)
    axes.add_patch(Circle((left, 1.6), 0.5, fill=False, edgecolor=INK, linewidth=1.4))
    arrow(axes, (left, 1.25), (left, 1.98))
    for y in (top, low):
        axes.add_patch(Circle((right, y), 0.07, facecolor="white", edgecolor=INK))
    arrow(axes, (right, top - 0.2), (right, low + 0.2), BLUE)
    for x, y, text in (
        (left - 0.95, 1.6, "I(t)"),
        (resistor + 0.45, 1.6, "R"),
        (capacitor + 0.65, 1.25, "C"),
        (right + 0.5, 1.6, "U(t)"),
    ):
        axes.text(x, y, text, ha="center", va="center", style="italic", fontsize=11)
    axes.text(2.6, 3.75, "τ dU/dt = −U + I R,   τ = R C", ha="center", fontsize=10)


NEURON = Illustration(
    "The neuron",
    lambda spec, files: draw_neuron(),
    describe_as(
        "The leaky integrate-and-fire neuron",
        "Left: its circuit. Right: spikes that arrive, the membrane potential that "
        "they drive, and the spikes that leave whenever it passes the threshold.",
        "Circuit of a resistor and a capacitor in parallel; next to it three traces "
        "over time: input spikes, a membrane potential that decays between them, and "
        "output spikes where it passes a dashed threshold.",
    ),
)
