"""Figures 7, 8 and 9: a network's layers as blocks."""

from collections.abc import Sequence
from math import log2, prod, sqrt
from typing import Protocol

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from spikemeter.report.figures.sketch import INK, Point, arrow, canvas
from spikemeter.report.figures.style import BLUE, ORANGE, styled

COLUMN, COLUMN_INCHES = 1.45, 0.82
LARGEST_SIDE = 0.95
LABEL_Y = -1.1


class Stage(Protocol):
    """A layer as the notation gives it: synapses, then pooling, then neurons."""

    @property
    def kind(self) -> str:
        """``"conv"`` or ``"linear"``."""

    @property
    def in_shape(self) -> tuple[int, ...]:
        """(channels, height, width) or (features,)."""

    @property
    def out_shape(self) -> tuple[int, ...]:
        """(channels, height, width) after pooling, or (features,)."""

    @property
    def kernel(self) -> int:
        """Side of the convolution's kernel, in pixels."""

    @property
    def pool(self) -> int:
        """Side of the max pooling behind it, in pixels; 1 is none."""


@styled
def architecture(
    title: str, input_shape: tuple[int, ...], stages: Sequence[Stage], neuron: str
) -> Figure:
    """Draw a network from its input to its output, a block a layer.

    The side of a cuboid is in proportion to the image's side, its depth and the
    height of a bar grow with the logarithm of the channels or features.

    Parameters
    ----------
    input_shape : tuple of int
        (channels, height, width) or (features,).
    neuron : str
        What follows every layer, e.g. "LIF".
    """
    shapes = [input_shape, *(stage.out_shape for stage in stages)]
    labels = ["input", *(_operation(stage, neuron) for stage in stages)]
    right = COLUMN * (len(shapes) - 0.5)
    figure = Figure(figsize=(COLUMN_INCHES * len(shapes), 2.1))
    axes = canvas(figure, (-COLUMN / 2, right), (-2.25, 1.1))
    axes.set_title(title)
    most_pixels = max(prod(shape[1:]) for shape in shapes)
    edge = -COLUMN / 2
    for place, (shape, label) in enumerate(zip(shapes, labels, strict=True)):
        x = place * COLUMN
        size = _size(shape, most_pixels)
        if place:
            arrow(axes, (edge + 0.06, 0), (x - size[0] / 2 - 0.06, 0))
        _block(axes, x, size)
        edge = x + size[0] / 2
        text = "×".join(map(str, shape))
        axes.text(x, LABEL_Y, text, ha="center", va="top", fontweight="bold")
        axes.text(x, LABEL_Y - 0.3, label, ha="center", va="top", fontsize=7)
    return figure


def _operation(stage: Stage, neuron: str) -> str:
    if stage.kind == "linear":
        lines = ["linear", f"{prod(stage.in_shape)} → {stage.out_shape[0]}"]
    else:
        lines = [f"conv {stage.kernel}×{stage.kernel}"]
    if stage.pool > 1:
        lines.append(f"max pool {stage.pool}×{stage.pool}")
    return "\n".join([*lines, neuron])


def _size(shape: tuple[int, ...], most_pixels: int) -> tuple[float, float, float]:
    """Return the width, height and depth of a block; the depth is part of the width."""
    if len(shape) == 1:
        return 0.18, 0.4 + 0.16 * log2(shape[0]), 0.0
    side = max(LARGEST_SIDE * sqrt(prod(shape[1:]) / most_pixels), 0.12)
    depth = 0.05 + 0.05 * log2(shape[0])
    return side + depth, side + depth, depth


def _block(axes: Axes, x: float, size: tuple[float, float, float]) -> None:
    """Draw a bar, or a cuboid whose depth goes up and to the right, around (x, 0)."""
    width, height, depth = size
    left, low = x - width / 2, -height / 2
    right, top = left + width - depth, low + height - depth
    back = [
        (x + depth, y + depth) for x, y in ((left, top), (right, top), (right, low))
    ]
    faces: dict[float, list[Point]] = {
        0.45: [(left, low), (right, low), (right, top), (left, top)],
        0.25: [(left, top), (right, top), back[1], back[0]],
        0.65: [(right, low), back[2], back[1], (right, top)],
    }
    colour = to_rgb(BLUE if depth else ORANGE)
    for strength, corners in faces.items():
        shade = [1 - strength * (1 - part) for part in colour]
        axes.add_patch(Polygon(corners, facecolor=shade, edgecolor=INK, linewidth=0.8))
