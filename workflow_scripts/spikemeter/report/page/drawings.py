"""The figures on the page: their texts, and their content as an address."""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from spikemeter.report.figures.registry import ILLUSTRATIONS
from spikemeter.report.runs import Run

WIDTH = re.compile(rb'<svg [^>]*width="([\d.]+)pt"')
# A point is 4/3 pixels; a quarter more, because a screen is read from farther away.
PX_PER_PT = 4 / 3 * 1.25


class Drawing(NamedTuple):
    """A figure on the page.

    Attributes
    ----------
    name : str
        The name of its file without the ending.
    title, caption, alt : str
        See :class:`spikemeter.report.figures.illustration.Description`.
    source : str
        Its content, as an address.
    width_px : int
        Larger than in print.
    """

    name: str
    title: str
    caption: str
    alt: str
    source: str
    width_px: int


def group_drawings(
    figures: Sequence[Mapping[str, Any]],
    runs: Sequence[Run],
    files: Mapping[str, bytes],
) -> dict[str, list[Drawing]]:
    """Return the figures of the page by the heading that they stand under.

    Parameters
    ----------
    figures : sequence of mapping
        In order: ``name`` and the fields of `spikemeter.study.plan.FigureJob`.
    runs : sequence of Run
    files : mapping
        SVG files by the names of the figures.
    """
    groups: dict[str, list[Drawing]] = {}
    for figure in figures:
        name, illustration = figure["name"], ILLUSTRATIONS[figure["entry"]]
        shown = [run for run in runs if run.network in figure["networks"]]
        texts = illustration.describe(figure["title"], shown)
        drawing = Drawing(name, *texts, *_embed_image(name, files[name]))
        groups.setdefault(illustration.group, []).append(drawing)
    return groups


def anchor(heading: str) -> str:
    """Return the name of a heading's place on the page."""
    return "figures-" + re.sub(r"\W+", "-", heading.lower())


def _embed_image(name: str, svg: bytes) -> tuple[str, int]:
    """Return the address and the width of a figure."""
    width_pt = WIDTH.search(svg)
    if not width_pt:
        raise ValueError(
            f"results/figures/{name}.svg has no width in pt, as a whole SVG file has: "
            "delete it and run the same command again"
        )
    text = b64encode(svg).decode()
    width_px = round(PX_PER_PT * float(width_pt[1]))
    return f"data:image/svg+xml;base64,{text}", width_px
