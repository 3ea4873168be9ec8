"""The report: one page of HTML that needs no other file and no network."""

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import yaml

from spikemeter.report.answer import answers
from spikemeter.report.claims import claim_cells as cells
from spikemeter.report.claims import texts as claims
from spikemeter.report.claims.judged import Judged, judged
from spikemeter.report.formats import texts
from spikemeter.report.notes import footnotes
from spikemeter.report.page.details import details
from spikemeter.report.page.illustrations import GROUPS, Illustration, illustration
from spikemeter.report.page.shown import ShownTable
from spikemeter.report.page.template import style, template
from spikemeter.report.paper import SOURCE
from spikemeter.report.runs import Run, group_by_network
from spikemeter.report.tables import build, heading, notes_under
from spikemeter.report.tables.ratios import pairs
from spikemeter.report.tables.table import Pair

TITLE = "Spiking and conventional networks, metered"
WORKFLOW = "workflow"
WIDTH = re.compile(rb'<svg [^>]*width="([\d.]+)pt"')
# A point is 4/3 pixels; a quarter more, because a screen is read from farther away.
PX_PER_PT = 4 / 3 * 1.25


class Part(NamedTuple):
    """An entry of the table of contents."""

    anchor: str
    title: str
    parts: tuple["Part", ...] = ()


class Image(NamedTuple):
    """A figure within the page: its content as an address, and its width."""

    source: str
    width_px: int


def page(
    runs: Sequence[Run], made_from: Mapping[str, Any], figures: Mapping[str, bytes]
) -> str:
    """Return the page about a study; equal arguments give an equal page.

    Parameters
    ----------
    runs : sequence of Run
        In the order of the rows.
    made_from : mapping
        What `spikemeter.study.plan.Plan.report` gives.
    figures : mapping
        SVG files, by the names of the files without their ending.
    """
    spec = made_from["spec"]
    found = _results(runs, pairs(spec["networks"], spec["order"]))
    drawn = _grouped([illustration(name, runs) for name in figures])
    return template().render(
        found,
        title=TITLE,
        css=style(),
        paper=SOURCE,
        groups=GROUPS,
        drawn=drawn,
        images={name: _image(name, svg) for name, svg in figures.items()},
        runs=[(run, details(run)) for run in runs],
        config=_config_text(spec),
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


def _grouped(found: Sequence[Illustration]) -> dict[str, list[Illustration]]:
    """Return figures by their group, in the order of the page."""
    groups = {name: [i for i in found if i.group == name] for name in GROUPS}
    return {name: members for name, members in groups.items() if members}


def _contents(
    tables: Sequence[ShownTable], drawn: Mapping[str, Sequence[Illustration]]
) -> list[Part]:
    """Return the headings of the page, for its table of contents."""
    listed = [Part(f"table-{table.name}", table.title) for table in tables]
    claimed = [Part(f"table-claims-{n}", f"Experiment {n}") for n in claims.TITLES]
    groups = [Part(f"figures-{g}", GROUPS[g]) for g in drawn if g != WORKFLOW]
    return [
        Part("answer", "The answer"),
        Part("claims", "The paper's claims", (*claimed, Part("rule", "The rule"))),
        Part("tables", "Tables", (*listed, Part("notes", "Notes to the tables"))),
        Part("figures", "Figures", tuple(groups)),
        Part("runs", "Every run"),
        Part(WORKFLOW, GROUPS[WORKFLOW]),
        Part("config", "The config"),
        Part("again", "Making this page again"),
        Part("sources", "Data: source, licence, citation"),
    ]


def _image(name: str, svg: bytes) -> Image:
    """Return a figure as it stands in the page, larger than in print."""
    width_pt = WIDTH.search(svg)
    if not width_pt:
        raise ValueError(
            f"results/figures/{name}.svg has no width in pt, as a whole SVG file has: "
            "delete it and run the same command again"
        )
    text = b64encode(svg).decode()
    width_px = round(PX_PER_PT * float(width_pt[1]))
    return Image(f"data:image/svg+xml;base64,{text}", width_px)


def _config_text(spec: Mapping[str, Any]) -> str:
    """Return the config, every default written out, as YAML."""
    networks = spec["config"]["networks"]
    # Networks come in the order of the rows, those that are off behind.
    order = dict.fromkeys([*spec["order"], *networks])
    config = spec["config"] | {"networks": {name: networks[name] for name in order}}
    text: str = yaml.safe_dump(config, sort_keys=False, allow_unicode=True)
    return text
