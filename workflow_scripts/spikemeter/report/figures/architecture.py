"""The layers of a network as blocks."""

from collections.abc import Mapping, Sequence
from math import log2, prod, sqrt
from textwrap import fill
from typing import Any

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from spikemeter.networks.notation import Stage, parse_layers
from spikemeter.report.figures.illustration import Description, Illustration
from spikemeter.report.figures.palette import BLUE, ORANGE
from spikemeter.report.figures.sketch import INK, arrow, canvas

COLUMN, COLUMN_INCHES, COLUMN_LETTERS = 1.45, 0.82, 11
LARGEST_SIDE = 0.95
LABEL_Y = -1.1


def draw_architecture(spec: Mapping[str, Any], _: Sequence[str]) -> Figure:
    """Draw a network from its input to its output, one block per layer.

    The side of a cuboid is proportional to the image's side; its depth and the
    height of a bar grow with the logarithm of the channels or features.

    Parameters
    ----------
    spec : mapping
        ``label``; ``input_shape``: (channels, height, width) or (features,); ``layers``
        and ``padding``; ``neuron``: what follows every layer, e.g. "LIF"; ``spiking``:
        whether it follows the last layer too, else the output is logits.
    """
    input_shape = tuple(spec["input_shape"])
    stages = parse_layers(spec["layers"], input_shape, spec["padding"])
    shapes = [input_shape, *(stage.out_shape for stage in stages)]
    labels = ["input", *(f"{_name_operation(s)}\n{spec['neuron']}" for s in stages)]
    if not spec["spiking"]:
        labels[-1] = _name_operation(stages[-1])
    figure = Figure(figsize=(COLUMN_INCHES * len(shapes), 2.1))
    axes = canvas(figure, (-COLUMN / 2, COLUMN * (len(shapes) - 0.5)), (-2.25, 1.1))
    axes.set_title(fill(spec["label"], COLUMN_LETTERS * len(shapes)))
    most_pixels = max(prod(shape[1:]) for shape in shapes)
    edge = -COLUMN / 2
    for place, (shape, label) in enumerate(zip(shapes, labels, strict=True)):
        x = place * COLUMN
        width = _draw_block(axes, x, shape, most_pixels)
        if place:
            arrow(axes, (edge + 0.06, 0), (x - width / 2 - 0.06, 0))
        edge = x + width / 2
        text = "×".join(map(str, shape))
        axes.text(x, LABEL_Y, text, ha="center", va="top", fontweight="bold")
        axes.text(x, LABEL_Y - 0.3, label, ha="center", va="top", fontsize=7)
    return figure


def _name_operation(stage: Stage) -> str:
    if stage.kind == "linear":
        text = f"linear\n{prod(stage.in_shape)} → {stage.out_shape[0]}"
    else:
        text = f"conv {stage.kernel}×{stage.kernel}"
    pool = stage.pool
    return f"{text}\nmax pool {pool}×{pool}" if pool > 1 else text


def _draw_block(
    axes: Axes, x: float, shape: tuple[int, ...], most_pixels: int
) -> float:
    """Draw a bar of features or a cuboid of images around (x, 0); return its width.

    The depth of a cuboid goes up and to the right, and is part of its width.
    """
    width, height, depth = 0.18, 0.4 + 0.16 * log2(shape[0]), 0.0
    if len(shape) > 1:
        side = max(LARGEST_SIDE * sqrt(prod(shape[1:]) / most_pixels), 0.12)
        depth = 0.05 + 0.05 * log2(shape[0])
        width = height = side + depth
    left, low = x - width / 2, -height / 2
    right, top = left + width - depth, low + height - depth
    front = [(left, low), (right, low), (right, top), (left, top)]
    back = [(x + depth, y + depth) for x, y in front]
    faces = {
        0.45: front,
        0.25: [front[3], front[2], back[2], back[3]],
        0.65: [front[1], back[1], back[2], front[2]],
    }
    colour = to_rgb(BLUE if depth else ORANGE)
    for strength, corners in faces.items():
        shade = [1 - strength * (1 - part) for part in colour]
        axes.add_patch(Polygon(corners, facecolor=shade, edgecolor=INK, linewidth=0.8))
    return width


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


ARCHITECTURE = Illustration("The networks", draw_architecture, _describe)
