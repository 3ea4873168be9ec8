"""The workflow's rules, from the data to the report."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch
from matplotlib.path import Path as Line

from spikemeter.report.figures.sketch import Point, box, canvas
from spikemeter.report.figures.style import styled

# A rule, or a way that an edge takes through a column between its ends.
Node = tuple[str, ...]
Columns = list[list[Node]]

COLUMN, ROW = 2.85, 0.72
BOX = (2.2, 0.48)
INCHES = 0.5
SWEEPS = 4


@styled
def rulegraph(edges: Sequence[tuple[str, str]]) -> Figure:
    """Draw rules as boxes, the last one right, and lines to what reads their files.

    Parameters
    ----------
    edges : sequence of (str, str)
        Maker and reader, without a cycle.
    """
    columns, links = layout(edges)
    rows = max(map(len, columns))
    places = {
        node: (COLUMN * x, ROW * ((len(column) - 1) / 2 - y))
        for x, column in enumerate(columns)
        for y, node in enumerate(column)
    }
    width, height = COLUMN * len(columns), ROW * (rows + 0.5)
    figure = Figure(figsize=(INCHES * width, INCHES * height))
    limits = (-COLUMN / 2, width - COLUMN / 2), (-height / 2, height / 2)
    axes = canvas(figure, *limits)
    for start, end in links:
        _line(axes, places[start], places[end], (len(start) == 1, len(end) == 1))
    for node, place in places.items():
        if len(node) == 1:
            box(axes, place, BOX, node[0].replace("_", " "))
    return figure


def layout(
    edges: Sequence[tuple[str, str]],
) -> tuple[Columns, list[tuple[Node, Node]]]:
    """Return the columns from left to right, and the lines between neighbours.

    A rule stands as far right as its readers let it. A node of several names is a
    line on its way: maker, reader, column.
    """
    readers: dict[str, list[str]] = {name: [] for edge in edges for name in edge}
    for maker, reader in edges:
        readers[maker].append(reader)
    depths = {name: _depth(name, readers) for name in sorted(readers)}
    last = max(depths.values())
    columns: Columns = [[] for _ in range(last + 1)]
    for name, depth in depths.items():
        columns[last - depth].append((name,))
    links: list[tuple[Node, Node]] = []
    for maker, reader in edges:
        between = range(last - depths[maker] + 1, last - depths[reader])
        way: list[Node] = [(maker, reader, str(column)) for column in between]
        for column, node in zip(between, way, strict=True):
            columns[column].append(node)
        links += pairwise([(maker,), *way, (reader,)])
    return _untangled(columns, links), links


def _depth(name: str, readers: Mapping[str, Sequence[str]]) -> int:
    """Return the length of the longest way from a rule to one that nothing reads."""
    return max((1 + _depth(reader, readers) for reader in readers[name]), default=0)


def _untangled(columns: Columns, links: Sequence[tuple[Node, Node]]) -> Columns:
    """Return the columns, each sorted by where its nodes' neighbours stand.

    Sorted by the neighbours on the left and by those on the right in turn.

    References
    ----------
    Sugiyama, Tagawa and Toda 1981, Methods for visual understanding of hierarchical
    system structures, doi:10.1109/TSMC.1981.4308636: the barycentre method.
    """
    backward = [(end, start) for start, end in links]
    count = len(columns)
    for _ in range(SWEEPS):
        for number in range(1, count):
            columns[number] = _sorted(columns[number], columns[number - 1], backward)
        for number in reversed(range(count - 1)):
            columns[number] = _sorted(columns[number], columns[number + 1], links)
    return columns


def _sorted(
    column: Sequence[Node], beside: Sequence[Node], links: Sequence[tuple[Node, Node]]
) -> list[Node]:
    """Return a column in the order of its links' ends; without any, a node stays."""
    heights = {node: (row + 0.5) / len(beside) for row, node in enumerate(beside)}
    keys = {node: (row + 0.5) / len(column) for row, node in enumerate(column)}
    for node in column:
        ends = [heights[end] for start, end in links if start == node]
        if ends:
            keys[node] = sum(ends) / len(ends)
    return sorted(column, key=keys.__getitem__)


def _line(axes: Axes, start: Point, end: Point, ends: tuple[bool, bool]) -> None:
    """Draw a line from one column to the next.

    Parameters
    ----------
    ends : (bool, bool)
        Whether a rule stands at its start and at its end; else the line goes on.
    """
    (x0, y0), (x1, y1) = start, end
    half = BOX[0] / 2
    middle = (x0 + x1) / 2
    points = [(x0 + half, y0), (middle, y0), (middle, y1), (x1 - half, y1)]
    codes = [Line.MOVETO, Line.CURVE4, Line.CURVE4, Line.CURVE4]
    if not ends[0]:
        points.insert(0, (x0 - half, y0))
        codes.insert(1, Line.LINETO)
    style = "-|>,head_length=4,head_width=2" if ends[1] else "-"
    line = FancyArrowPatch(
        path=Line(points, codes), arrowstyle=style, color="0.45", linewidth=1.1
    )
    axes.add_patch(line)
