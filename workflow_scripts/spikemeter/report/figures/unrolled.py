"""The computation graph of the neuron, unrolled over time."""

from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spikemeter.report.figures.illustration import Illustration, describe_as
from spikemeter.report.figures.palette import BLUE, ORANGE
from spikemeter.report.figures.sketch import arrow, box, canvas

TIMES = ("t−1", "t", "t+1")
SPACING = 3.0
BOX = (1.3, 0.62)
INPUT_Y, MEMBRANE_Y, SPIKES_Y, LOSS_Y = 0.0, 1.45, 2.9, 4.35


def draw_unrolled(backward: bool) -> Figure:
    """Draw the graph with the computation or with the gradient.

    The reset carries no gradient, as in snnTorch, where it is detached.

    Parameters
    ----------
    backward : bool
        Show the gradient, which flows against the computation.
    """
    figure = Figure(figsize=(6.4, 4.0))
    axes = canvas(figure, (-2.2, 8.2), (-0.5, 5.4))
    loss_size = (2 * SPACING + BOX[0], BOX[1])
    box(axes, (SPACING, LOSS_Y), loss_size, "loss L, of the spike counts")
    for place, time in enumerate(TIMES):
        x = place * SPACING
        for y, name in ((INPUT_Y, "X"), (MEMBRANE_Y, "U"), (SPIKES_Y, "S")):
            box(axes, (x, y), BOX, f"{name}[{time}]")
        _draw_step(axes, x, place == 0, backward)
    for x in (-1.6, 2 * SPACING + 1.6):
        axes.text(x, MEMBRANE_Y, "…", ha="center", va="center", fontsize=14)
    equation = (
        "∂L/∂W: the sum over all steps, back through S and U"
        if backward
        else "U[t] = β U[t−1] + W X[t] − S[t−1] θ"
    )
    axes.text(SPACING, LOSS_Y + 0.65, equation, ha="center", fontsize=10)
    return figure


def _draw_step(axes: Axes, x: float, first: bool, backward: bool) -> None:
    """Draw the arrows of one step up to the loss, and those from the step before."""
    flow, colour = (-1, ORANGE) if backward else (1, BLUE)
    labels = (
        ("∂U/∂W = X", "∂S/∂U:\nsurrogate", "∂L/∂S") if backward else ("W", "U > θ", "")
    )
    levels = (INPUT_Y, MEMBRANE_Y, SPIKES_Y, LOSS_Y)
    for (low, high), label in zip(pairwise(levels), labels, strict=True):
        start, end = ((x, low + BOX[1] / 2), (x, high - BOX[1] / 2))[::flow]
        arrow(axes, start, end, colour)
        axes.text(x + 0.12, (low + high) / 2, label, va="center", fontsize=8)
    if first:
        return
    left, right = x - SPACING + BOX[0] / 2, x - BOX[0] / 2
    start, end = ((left, MEMBRANE_Y), (right, MEMBRANE_Y))[::flow]
    arrow(axes, start, end, colour)
    axes.text((left + right) / 2, MEMBRANE_Y - 0.3, "β", ha="center", va="center")
    if not backward:
        arrow(axes, (left, SPIKES_Y), (right, MEMBRANE_Y + BOX[1] / 3), "0.45")
        axes.text(left + 0.1, MEMBRANE_Y + 0.42, "reset −θ", color="0.35", fontsize=8)


FORWARD = Illustration(
    "The neuron",
    lambda spec, files: draw_unrolled(backward=False),
    describe_as(
        "The neuron unrolled over time: forward",
        "Input X, membrane potential U and spikes S of three time steps. The potential "
        "decays by β from step to step, and a spike lowers it by the threshold.",
        "Graph of boxes X, U and S for three time steps, with arrows upward from X to "
        "S, onward from U to U, and from S to the next U as the reset.",
    ),
)
BACKWARD = Illustration(
    "The neuron",
    lambda spec, files: draw_unrolled(backward=True),
    describe_as(
        "The neuron unrolled over time: backward",
        "The gradient flows against the computation. A surrogate replaces the "
        "derivative of the spike, and the reset carries no gradient.",
        "The same graph with reversed arrows, from the loss down to the inputs and "
        "from each time step to the one before; the arrows of the reset are absent.",
    ),
)
