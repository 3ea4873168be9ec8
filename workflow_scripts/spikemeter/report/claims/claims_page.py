"""The page of the judged claims: the rule, one row per claim and engine, conditions."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from spikemeter.report.claims.claim import list_claims
from spikemeter.report.claims.claim_cells import format_claims, format_figures
from spikemeter.report.claims.judgements import Judgement
from spikemeter.report.claims.reasons import describe_checks
from spikemeter.report.claims.verdicts import (
    NOT_REPRODUCED,
    NOT_TESTABLE,
    REPRODUCED,
    RULE,
)
from spikemeter.report.conditions import (
    describe_data,
    describe_machines,
    describe_settings,
    explain_engines,
    group_notes,
    list_versions,
)
from spikemeter.report.formats import format_list, format_markdown_table
from spikemeter.report.interruptions import describe_interruptions
from spikemeter.report.notes import SEEDS_COVER
from spikemeter.report.published import PublishedStudy
from spikemeter.report.runs import Run
from spikemeter.report.ties import list_tied_studies


class ClaimTable(NamedTuple):
    """The claims about one experiment: cells, and paragraphs under them.

    ``name`` is that of its place on a page.
    """

    name: str
    experiment: str
    title: str
    cells: pd.DataFrame
    paragraphs: list[str]


class StudyClaims(NamedTuple):
    """All about the claims of one published study, as a page shows it."""

    anchor: str
    title: str
    summary: str
    rule: list[str]
    tables: list[ClaimTable]
    calls: pd.DataFrame


def group_claims(rows: Sequence[Judgement], runs: Sequence[Run]) -> list[StudyClaims]:
    """Return the judged claims of each study to which networks are tied."""
    found = []
    for number, study in enumerate(list_tied_studies(runs), start=1):
        anchor = "claims" if number == 1 else f"claims{number}"
        ours = [row for row in rows if row.claim.study is study]
        tables = [
            make_claim_table(study, experiment, ours, anchor)
            for experiment in dict.fromkeys(c.experiment for c in study.claims)
        ]
        title, counted = f"{study.subject}'s claims", count_verdicts(ours, study)
        found.append(
            StudyClaims(
                anchor, title, counted, explain_rule(study), tables, list_calls(study)
            )
        )
    return found


def render_claims(rows: Sequence[Judgement], runs: Sequence[Run]) -> str:
    """Return the page: for each study its rule, claims and calls; then conditions."""
    parts = []
    for study in group_claims(rows, runs):
        parts += [f"# {study.title}", study.summary, "## The rule", *study.rule]
        for _, _, title, cells, paragraphs in study.tables:
            parts += [f"## {title}", format_markdown_table(cells), *paragraphs]
        if len(study.calls):
            parts += ["## Calls for further work", format_markdown_table(study.calls)]
    parts += ["## Conditions", format_list(list_conditions(runs))]
    return "\n\n".join(parts) + "\n"


def count_verdicts(rows: Sequence[Judgement], study: PublishedStudy) -> str:
    """Return how many rows have which verdict, and what can be judged."""
    count = Counter(row.verdict.word for row in rows)
    words = (REPRODUCED, NOT_REPRODUCED, NOT_TESTABLE)
    counted = ", ".join(f"{count[word]} {word}" for word in words)
    return (
        f"Of {len(rows)} rows: {counted}. Claims can be judged by the full study of "
        f"{study.name} (`{study.config}`), and its costs on a GPU."
    )


def explain_rule(study: PublishedStudy) -> list[str]:
    """Return the rule that judges, as paragraphs."""
    factors = {
        f"{c.range.within_factor:g}" for c in study.claims if c.range.within_factor
    }
    near = (
        "Where a ratio is given as a number, the range is a factor "
        f"{' or '.join(sorted(factors))} up and down: another GPU has other "
        "costs. "
    )
    return [
        RULE,
        "The interval is Student's t; for a ratio, that of its logarithm; "
        f"{SEEDS_COVER}.",
        f"A claim is *{NOT_TESTABLE}* too, whatever the number, if a network did not "
        "run, or for any of these reasons (all are listed, the most basic first):",
        format_list(describe_checks(study)),
        "Differences and ratios are of the first network to the second, seed by seed; "
        f"those of {study.name} follow from its tables. "
        f"{near if factors else ''}A cost is that of the engine named in the row; that "
        f"of {study.name} is {study.engine}'s.",
    ]


def make_claim_table(
    study: PublishedStudy, experiment: str, rows: Sequence[Judgement], anchor: str
) -> ClaimTable:
    """Return the rows about an experiment of a published study."""
    ours = [row for row in rows if row.claim.stated.experiment == experiment]
    title = f"Experiment {experiment}: {study.experiments[experiment]}"
    paragraphs = describe_contradiction(study, experiment)
    name = f"{anchor}-{experiment}"
    return ClaimTable(name, experiment, title, format_claims(ours), paragraphs)


def describe_contradiction(study: PublishedStudy, experiment: str) -> list[str]:
    """Return a paragraph on where the abstract contradicts the tables, if it does."""
    claims = [
        (claim, claim.stated.abstract_pct)
        for claim in list_claims(study)
        if claim.stated.experiment == experiment
        and claim.stated.abstract_pct is not None
    ]
    if not claims:
        return []
    stated = [
        f"{claim.quantity.title.split()[0]} +{pct:.0f} % in the abstract but "
        f"+{100 * (claim.published - 1):.0f} % in {claim.stated.place} "
        f"({format_figures(claim)})"
        for claim, pct in claims
    ]
    inside = [claim.range.holds(1 + pct / 100) for claim, pct in claims]
    figures_lie = "Each figure" if all(inside) else "Not each figure"
    return [
        f"{study.subject} contradicts itself here: {'; '.join(stated)}. "
        f"{study.remarks.get(experiment, '')} The rows are judged by the table. "
        f"{figures_lie} of the abstract lies in the range of its row."
    ]


def list_calls(study: PublishedStudy) -> pd.DataFrame:
    """Return a study's calls for further work as a table of texts."""
    verdict = f"{NOT_TESTABLE} (a call for further work)"
    return pd.DataFrame(
        {f"{study.name} asks for": call.words, "what answers it here": call.answer}
        | {"verdict": verdict}
        for call in study.calls
    )


def list_conditions(runs: Sequence[Run]) -> list[str]:
    """Return what the numbers of the page were made from, one sentence each."""
    notes = [f"{s.subject}: {s.source}" for s in list_tied_studies(runs)]
    notes += group_notes("Data", runs, describe_data)
    notes += group_notes("Settings", runs, describe_settings)
    notes += explain_engines(runs) + describe_machines(runs)
    notes += [f"Seeds: {', '.join(map(str, dict.fromkeys(r.seed for r in runs)))}"]
    notes += group_notes("Versions", runs, list_versions) + describe_interruptions(runs)
    return [f"{note}." for note in notes]
