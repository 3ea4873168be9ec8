"""The report: one page of HTML that needs no other file and no network."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import yaml

from spikemeter.report.answer import answers
from spikemeter.report.claims import claim_cells as cells
from spikemeter.report.claims import texts as claims
from spikemeter.report.claims.judged import Judged, judged
from spikemeter.report.formats import texts
from spikemeter.report.notes import footnotes
from spikemeter.report.page.details import format_details
from spikemeter.report.page.drawings import Drawing, anchor, group_drawings
from spikemeter.report.page.shown_table import ShownTable
from spikemeter.report.page.template import style, template
from spikemeter.report.paper import SOURCE
from spikemeter.report.runs import Run, group_by_network
from spikemeter.report.tables import build, heading, notes_under
from spikemeter.report.tables.ratios import pairs
from spikemeter.report.tables.table import Pair

TITLE = "Spiking and conventional networks, metered"


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
    found = _results(runs, pairs(spec["networks"], spec["order"]))
    drawn = group_drawings(spec["figures"], runs, figures)
    return template().render(
        found,
        title=TITLE,
        css=style(),
        paper=SOURCE,
        figures=[(anchor(heading), heading, shown) for heading, shown in drawn.items()],
        runs=[(run, format_details(run)) for run in runs],
        config=_format_config(spec),
        key=made_from["key"],
        # Each data once.
        sources={run.train["data"]["title"]: run.train["data"] for run in runs},
        contents=_contents(found["tables"], drawn),
    )


def _results(runs: Sequence[Run], compared: Sequence[Pair]) -> dict[str, Any]:
    """Return answers, verdicts and tables, by their names in the template."""
    frames, under = build(runs, compared), notes_under(runs)
    judgements = judged(runs)
    return {
        "answers": answers(frames, group_by_network(runs)),
        "verdicts": claims.summary(judgements),
        "experiments": list(_experiments(judgements)),
        "calls": ShownTable("calls", "Calls for further work", claims.calls()),
        "rule": claims.rule(),
        "tables": [
            ShownTable(name, heading(name), texts(name, frame), under[name])
            for name, frame in frames.items()
            if len(frame)
        ],
        "notes": footnotes(runs),
    }


def _experiments(
    judgements: Sequence[Judged],
) -> Iterator[tuple[ShownTable, list[str]]]:
    """Yield the claims about each experiment, and what is to be said about them."""
    for number, title in claims.TITLES.items():
        rows = [row for row in judgements if row.claim.experiment == number]
        name = f"claims-{number}"
        yield ShownTable(name, title, cells.texts(rows)), claims.swapped(number)


def _contents(
    tables: Sequence[ShownTable], drawn: Mapping[str, Sequence[Drawing]]
) -> list[Part]:
    """Return the headings of the page, for its table of contents."""
    listed = [Part(f"table-{table.name}", table.title) for table in tables]
    claimed = [Part(f"table-claims-{n}", f"Experiment {n}") for n in claims.TITLES]
    groups = [Part(anchor(heading), heading) for heading in drawn]
    return [
        Part("answer", "The answer"),
        Part("claims", "The paper's claims", (*claimed, Part("rule", "The rule"))),
        Part("tables", "Tables", (*listed, Part("notes", "Notes to the tables"))),
        Part("figures", "Figures", tuple(groups)),
        Part("runs", "Every run"),
        Part("config", "The config"),
        Part("again", "Making this page again"),
        Part("sources", "Data: source, licence, citation"),
    ]


def _format_config(spec: Mapping[str, Any]) -> str:
    """Return the config, every default written out, as YAML."""
    networks = spec["config"]["networks"]
    # Networks come in the order of the rows, those that are off behind.
    order = dict.fromkeys([*spec["order"], *networks])
    config = spec["config"] | {"networks": {name: networks[name] for name in order}}
    text: str = yaml.safe_dump(config, sort_keys=False, allow_unicode=True)
    return text
