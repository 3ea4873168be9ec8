"""The report: one page of HTML that needs no other file and no network."""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from spikemeter.report.answer import list_answers
from spikemeter.report.claims.claims_page import group_claims
from spikemeter.report.claims.judgements import judge_claims
from spikemeter.report.figures.registry import ILLUSTRATIONS
from spikemeter.report.formats import explain_cells, format_table
from spikemeter.report.notes import list_notes
from spikemeter.report.page.details import format_details
from spikemeter.report.page.shown_table import ShownTable
from spikemeter.report.runs import Run, group_by_network
from spikemeter.report.tables import build_tables, format_heading, list_table_notes
from spikemeter.report.ties import list_tied_studies

Content = Mapping[str, Any]
NO_BREAK = "\u00a0"
# In this order: strong text is not emphasised a second time.
INLINE = {
    r"\*\*(.+?)\*\*": "strong",
    r"\*(.+?)\*": "em",
    r"`(.+?)`": "code",
}
# Level, place and title; of an experiment's claims the title up to its colon.
HEADING = re.compile(r'<h([23]) id="(.+?)">(Experiment .+?(?=:)|.+?(?=</h))')
WIDTH = re.compile(rb'<svg [^>]*width="([\d.]+)pt"')
# A point is 4/3 pixels; a quarter more, because a screen is read from farther away.
PX_PER_PT = 4 / 3 * 1.25


def render_page(
    runs: Sequence[Run], made_from: Content, figures: Mapping[str, bytes]
) -> str:
    """Return the page about a study; equal arguments give an equal page.

    Parameters
    ----------
    runs : sequence of Run
        In the order of the rows.
    made_from : mapping
        What `spikemeter.study.plan.Plan.report` returns.
    figures : mapping
        SVG files, by the names of the files without their ending.
    """
    spec = made_from["spec"]
    frames, under = build_tables(runs), list_table_notes(runs)
    tables = [
        ShownTable(name, format_heading(name), format_table(name, frame), under[name])
        for name, frame in frames.items()
        if len(frame)
    ]
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "headings": list_headings,
        "inline": mark_inline,
        "unbroken": join_numbers,
    }
    return environment.get_template("page.html.j2").render(
        studies=list_tied_studies(runs),
        answers=list_answers(frames, group_by_network(runs)),
        claims=group_claims(judge_claims(runs), runs),
        cells=explain_cells(frames.values()),
        tables=tables,
        notes=list_notes(runs),
        figures=_group_figures(spec["figures"], runs, figures),
        omitted=spec["omitted"],
        runs=[(run, format_details(run)) for run in runs],
        config=_format_config(spec),
        key=made_from["key"],
        # Each data set once.
        sources={run.train["data"]["title"]: run.train["data"] for run in runs},
    )


def _group_figures(
    figures: Sequence[Mapping[str, Any]],
    runs: Sequence[Run],
    files: Mapping[str, bytes],
) -> dict[str, list[dict[str, Any]]]:
    """Return the figures of the page by the heading that they stand under."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for figure in figures:
        name, illustration = figure["name"], ILLUSTRATIONS[figure["entry"]]
        width_pt = WIDTH.search(files[name])
        if not width_pt:
            raise ValueError(
                f"results/figures/{name}.svg has no width in pt, as a whole SVG file "
                "has: delete it and run the same command again"
            )
        shown = [run for run in runs if run.network in figure["networks"]]
        drawing = {
            "name": name,
            "texts": illustration.describe(figure["title"], shown),
            "content": b64encode(files[name]).decode(),
            "width_px": round(PX_PER_PT * float(width_pt[1])),
        }
        groups.setdefault(illustration.group, []).append(drawing)
    return groups


def _format_config(spec: Content) -> str:
    """Return the config with all defaults as YAML."""
    rows = {name: place for place, name in enumerate(spec["order"])}
    networks = spec["config"]["networks"]
    # Networks that are off have no row and come last.
    order = sorted(networks, key=lambda name: rows.get(name, len(rows)))
    config = spec["config"] | {"networks": {name: networks[name] for name in order}}
    text: str = yaml.safe_dump(config, sort_keys=False, allow_unicode=True)
    return text


def list_headings(page: str) -> list[dict[str, Any]]:
    """Return the headings of a page that have a place, with those below each."""
    found: list[dict[str, Any]] = []
    for level, place, title in HEADING.findall(page):
        siblings = found if level == "2" else found[-1]["below"]
        siblings.append({"place": place, "title": Markup(title), "below": []})
    return found


def mark_inline(text: str) -> Markup:
    """Return a text with Markdown's emphasis and code as HTML.

    Everything else is escaped.
    """
    shown = str(escape(text))
    for pattern, element in INLINE.items():
        shown = re.sub(pattern, rf"<{element}>\1</{element}>", shown)
    return Markup(shown)


def join_numbers(cell: str) -> str:
    """Return a cell of numbers that breaks only before a bracket."""
    return re.sub(r" (?![(\[])", NO_BREAK, cell)
