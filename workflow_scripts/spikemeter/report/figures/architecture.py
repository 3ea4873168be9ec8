"""The layers of a network as blocks."""

from collections.abc import Mapping, Sequence
from math import log2, prod, sqrt
from typing import Any

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from spikemeter.networks.notation import Stage, parse_layers
from spikemeter.report.figures.illustration import Description, Illustration
from spikemeter.report.figures.palette import BLUE, ORANGE
from spikemeter.report.figures.sketch import INK, Point, arrow, canvas
from spikemeter.report.figures.style import styled

COLUMN, COLUMN_INCHES = 1.45, 0.82
LARGEST_SIDE = 0.95
LABEL_Y = -1.1


@styled
def draw_architecture(
    title: str,
    input_shape: tuple[int, ...],
    stages: Sequence[Stage],
    neuron: str,
    spiking: bool,
) -> Figure:
    """Draw a network from its input to its output, one block per layer.

    The side of a cuboid is proportional to the image's side; its depth and the
    height of a bar grow with the logarithm of the channels or features.

    Parameters
    ----------
    input_shape : tuple of int
        (channels, height, width) or (features,).
    neuron : str
        What follows every layer, e.g. "LIF".
    spiking : bool
        Whether it follows the last layer too; else the output is logits.
    """
    shapes = [input_shape, *(stage.out_shape for stage in stages)]
    labels = ["input", *(_name_operation(stage) for stage in stages)]
    neurons = ["", *(neuron for _ in stages[1:]), neuron if spiking else ""]
    right = COLUMN * (len(shapes) - 0.5)
    figure = Figure(figsize=(COLUMN_INCHES * len(shapes), 2.1))
    axes = canvas(figure, (-COLUMN / 2, right), (-2.25, 1.1))
    axes.set_title(title)
    most_pixels = max(prod(shape[1:]) for shape in shapes)
    edge = -COLUMN / 2
    for place, (shape, *lines) in enumerate(zip(shapes, labels, neurons, strict=True)):
        x = place * COLUMN
        size = _measure_block(shape, most_pixels)
        if place:
            arrow(axes, (edge + 0.06, 0), (x - size[0] / 2 - 0.06, 0))
        _draw_block(axes, x, size)
        edge = x + size[0] / 2
        text = "×".join(map(str, shape))
        axes.text(x, LABEL_Y, text, ha="center", va="top", fontweight="bold")
        label = "\n".join(filter(None, lines))
        axes.text(x, LABEL_Y - 0.3, label, ha="center", va="top", fontsize=7)
    return figure


def _name_operation(stage: Stage) -> str:
    if stage.kind == "linear":
        lines = ["linear", f"{prod(stage.in_shape)} → {stage.out_shape[0]}"]
    else:
        lines = [f"conv {stage.kernel}×{stage.kernel}"]
    if stage.pool > 1:
        lines.append(f"max pool {stage.pool}×{stage.pool}")
    return "\n".join(lines)


def _measure_block(
    shape: tuple[int, ...], most_pixels: int
) -> tuple[float, float, float]:
    """Return the width, height and depth of a block; the depth is part of the width."""
    if len(shape) == 1:
        return 0.18, 0.4 + 0.16 * log2(shape[0]), 0.0
    side = max(LARGEST_SIDE * sqrt(prod(shape[1:]) / most_pixels), 0.12)
    depth = 0.05 + 0.05 * log2(shape[0])
    return side + depth, side + depth, depth


def _draw_block(axes: Axes, x: float, size: tuple[float, float, float]) -> None:
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


def _draw(spec: Mapping[str, Any], _: Sequence[str]) -> Figure:
    shape = tuple(spec["input_shape"])
    stages = parse_layers(spec["layers"], shape, spec["padding"])
    return draw_architecture(
        spec["label"], shape, stages, spec["neuron"], spec["spiking"]
    )


def _describe(title: str, runs: Sequence[Any]) -> Description:
    run = runs[0]
    spec = run.train["spec"]
    shape = "×".join(map(str, spec["input_shape"]))
    return Description(
        f"{title}: {run.label}",
        f"{run.network}: {spec['layers']} after an input of {shape}, padding "
        f"{spec['padding']}, {run.train['parameters']:,} parameters.",
        f"The layers of {run.network} as blocks from left to right, each with its "
        "shape and its operation.",
    )


ARCHITECTURE = Illustration("The networks", _draw, _describe)
