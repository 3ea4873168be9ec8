"""The report: one page of HTML that needs no other file and no network."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from spikemeter.report.answer import list_answers
from spikemeter.report.claims.claims_page import StudyClaims, group_claims
from spikemeter.report.claims.judgements import judge_claims
from spikemeter.report.formats import explain_cells, format_table
from spikemeter.report.notes import list_notes
from spikemeter.report.page.details import format_details
from spikemeter.report.page.drawings import Drawing, anchor, group_drawings
from spikemeter.report.page.shown_table import ShownTable
from spikemeter.report.runs import Run, group_by_network
from spikemeter.report.tables import build_tables, format_heading, list_table_notes
from spikemeter.report.ties import list_tied_studies

TITLE = "Spiking and conventional networks, metered"
FOLDER = Path(__file__).parent
NO_BREAK = "\u00a0"
# In this order: strong text is not emphasised a second time.
INLINE = {
    r"\*\*(.+?)\*\*": "strong",
    r"\*(.+?)\*": "em",
    r"`(.+?)`": "code",
}


class Part(NamedTuple):
    """An entry of the table of contents."""

    anchor: str
    title: str
    parts: tuple["Part", ...] = ()


def render_page(
    runs: Sequence[Run], made_from: Mapping[str, Any], figures: Mapping[str, bytes]
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
    frames = build_tables(runs)
    under, claims = list_table_notes(runs), group_claims(judge_claims(runs), runs)
    tables = [
        ShownTable(name, format_heading(name), format_table(name, frame), under[name])
        for name, frame in frames.items()
        if len(frame)
    ]
    drawn = group_drawings(spec["figures"], runs, figures)
    return load_template().render(
        title=TITLE,
        css=read_style(),
        studies=list_tied_studies(runs),
        answers=list_answers(frames, group_by_network(runs)),
        claims=claims,
        cells=explain_cells(frames.values()),
        tables=tables,
        notes=list_notes(runs),
        figures=[(anchor(heading), heading, shown) for heading, shown in drawn.items()],
        runs=[(run, format_details(run)) for run in runs],
        config=_format_config(spec),
        key=made_from["key"],
        # Each data set once.
        sources={run.train["data"]["title"]: run.train["data"] for run in runs},
        contents=_list_contents(claims, tables, drawn),
    )


def _list_contents(
    claims: Sequence[StudyClaims],
    tables: Sequence[ShownTable],
    drawn: Mapping[str, Sequence[Drawing]],
) -> list[Part]:
    """Return the headings of the page, for its table of contents."""
    listed = [Part(f"table-{table.name}", table.title) for table in tables]
    claimed = [
        Part(
            study.anchor,
            study.title,
            (
                *(
                    Part(f"table-{table.name}", table.title.partition(":")[0])
                    for table in study.tables
                ),
                Part(f"{study.anchor}-rule", "The rule"),
            ),
        )
        for study in claims
    ]
    groups = [Part(anchor(heading), heading) for heading in drawn]
    return [
        Part("answer", "The answer"),
        *claimed,
        Part("tables", "Tables", (*listed, Part("notes", "Notes to the tables"))),
        *([Part("figures", "Figures", tuple(groups))] if groups else []),
        Part("runs", "Every run"),
        Part("config", "The config"),
        Part("again", "Making this page again"),
        Part("sources", "Data: source, licence, citation"),
    ]


def _format_config(spec: Mapping[str, Any]) -> str:
    """Return the config with all defaults as YAML."""
    networks = spec["config"]["networks"]
    # In the order of the rows, which variants on other engines have too; networks that
    # are off come last.
    rows = [name for name in spec["order"] if name in networks]
    order = dict.fromkeys([*rows, *networks])
    config = spec["config"] | {"networks": {name: networks[name] for name in order}}
    text: str = yaml.safe_dump(config, sort_keys=False, allow_unicode=True)
    return text


def load_template() -> Template:
    """Return the template; rendering it without one of its values is an error."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"inline": mark_inline, "unbroken": join_numbers}
    return environment.get_template("page.html.j2")


def read_style() -> str:
    """Return the page's style sheet."""
    return (FOLDER / "page.css").read_text(encoding="utf-8")


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
