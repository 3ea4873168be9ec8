"""Arrows and boxes on an empty canvas, and frames around images."""

from matplotlib.axes import Axes
from matplotlib.figure import FigureBase
from matplotlib.patches import FancyBboxPatch

INK = "0.15"
Point = tuple[float, float]


def canvas(figure: FigureBase, x_limits: Point, y_limits: Point) -> Axes:
    """Return an empty plane in a figure; its units are equally long."""
    axes = figure.subplots()
    axes.set(xlim=x_limits, ylim=y_limits, aspect="equal")
    axes.set_axis_off()
    return axes


def arrow(
    axes: Axes, start: Point, end: Point, colour: str = INK, bend: float = 0.0
) -> None:
    """Draw an arrow, bent by a share of its length."""
    style = {
        "arrowstyle": "-|>",
        "color": colour,
        "linewidth": 1.4,
        "shrinkA": 0,
        "shrinkB": 0,
        "connectionstyle": f"arc3,rad={bend}",
    }
    axes.annotate("", end, start, arrowprops=style)


def box(axes: Axes, centre: Point, size: Point, text: str) -> None:
    """Draw a box with rounded corners and a text in it."""
    corner = (centre[0] - size[0] / 2, centre[1] - size[1] / 2)
    axes.add_patch(
        FancyBboxPatch(
            corner,
            *size,
            boxstyle="round,pad=0,rounding_size=0.12",
            facecolor="0.95",
            edgecolor=INK,
        )
    )
    axes.text(*centre, text, ha="center", va="center")


def frame(axes: Axes) -> None:
    """Draw a frame without ticks, for an image."""
    axes.grid(visible=False)
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(True)
