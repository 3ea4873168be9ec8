"""The judged claims as numbers, and as a page with the rule and the conditions."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from spikemeter.report.claims.claim import (
    NOT_REPRODUCED,
    NOT_TESTABLE,
    REPRODUCED,
    RULE,
    Claim,
)
from spikemeter.report.claims.judgements import CHECKS, Judgement
from spikemeter.report.conditions import (
    describe_computation,
    describe_interruptions,
    describe_other_code,
    describe_versions,
)
from spikemeter.report.formats import format_list, format_markdown_table
from spikemeter.report.marks import MISSING
from spikemeter.report.notes import SEEDS_COVER
from spikemeter.report.page.shown_table import ShownTable
from spikemeter.report.published import PublishedStudy
from spikemeter.report.runs import Run
from spikemeter.report.statistics import LEVEL
from spikemeter.report.ties import list_tied_studies

SAMPLING = (
    "Where two test accuracies are compared, the range is the sampling error of the "
    f"published ones around their difference: a {100 * LEVEL:.0f} % interval, from the "
    "numbers of test samples. Ours are expectations over ties, and means over the "
    "draws of a random encoding. "
)
OURS = f"ours [{100 * LEVEL:.0f} % interval]"


class StudyClaims(NamedTuple):
    """All about the claims of one published study, as a page shows it.

    ``tables``: one per experiment, then perhaps the calls for further work.
    """

    anchor: str
    title: str
    summary: str
    rule: list[str]
    tables: list[ShownTable]


def group_claims(rows: Sequence[Judgement], runs: Sequence[Run]) -> list[StudyClaims]:
    """Return the judged claims of each study to which networks are tied."""
    found = []
    for number, study in enumerate(list_tied_studies(runs), start=1):
        anchor = "claims" if number == 1 else f"claims{number}"
        ours = [row for row in rows if row.claim.study is study]
        tables = [
            ShownTable(
                f"{anchor}-{name}",
                f"Experiment {name}: {study.experiments[name]}",
                format_claims([r for r in ours if r.claim.stated.experiment == name]),
                describe_contradiction(study, name),
            )
            for name in dict.fromkeys(claim.experiment for claim in study.claims)
        ]
        if study.calls:
            title = "Calls for further work"
            tables.append(ShownTable(f"{anchor}-calls", title, _list_calls(study)))
        title, counted = f"{study.subject}'s claims", _count_verdicts(ours, study)
        found.append(StudyClaims(anchor, title, counted, _explain_rule(study), tables))
    return found


def render_claims(rows: Sequence[Judgement], runs: Sequence[Run]) -> str:
    """Return the page: for each study its rule, claims and calls; then conditions."""
    parts = []
    for about in group_claims(rows, runs):
        parts += [f"# {about.title}", about.summary, "## The rule", *about.rule]
        for shown in about.tables:
            cells = format_markdown_table(shown.cells)
            parts += [f"## {shown.title}", cells, *shown.notes]
    seeds = dict.fromkeys(str(run.seed) for run in runs)
    conditions = [
        *(f"{study.subject}: {study.source}" for study in list_tied_studies(runs)),
        *describe_computation(runs),
        f"Seeds: {', '.join(seeds)}",
        *describe_versions(runs),
        *describe_other_code(runs),
        *describe_interruptions(runs),
    ]
    parts += ["## Conditions", format_list(f"{each}." for each in conditions)]
    return "\n\n".join(parts) + "\n"


def _count_verdicts(rows: Sequence[Judgement], study: PublishedStudy) -> str:
    count = Counter(row.verdict.word for row in rows)
    words = (REPRODUCED, NOT_REPRODUCED, NOT_TESTABLE)
    counted = ", ".join(f"{count[word]} {word}" for word in words)
    return (
        f"Of {len(rows)} rows: {counted}. Claims can be judged by the full study of "
        f"{study.name} (`{study.config}`), and its costs on a GPU."
    )


def _explain_rule(study: PublishedStudy) -> list[str]:
    """Return the rule that judges, as paragraphs."""
    within = {c.range.within_factor for c in study.claims if c.range.within_factor}
    sampled = any(claim.range.within_sampling for claim in study.claims)
    factors = " or ".join(sorted(f"{factor:g}" for factor in within))
    near = (
        f"Where a ratio is given as a number, the range is a factor {factors} up and "
        "down, because another GPU has other costs, but no more than half of the "
        "published effect (the ratio's logarithm) up and down. "
    )
    return [
        RULE,
        "The interval is Student's t; for a ratio, that of its logarithm; "
        f"{SEEDS_COVER}.",
        f"A claim is *{NOT_TESTABLE}* too, whatever the number, if a network did not "
        "run, or for any of these reasons (all are listed, the most basic first):",
        format_list(text.format(study=study.name) for text in CHECKS),
        "Differences and ratios are of the first network to the second, seed by seed; "
        f"those of {study.name} follow from its tables. "
        f"{near if within else ''}{SAMPLING if sampled else ''}A cost is that of the "
        f"engine named in the row; that of {study.name} is {study.engine}'s.",
    ]


def describe_contradiction(study: PublishedStudy, experiment: str) -> list[str]:
    """Return a paragraph on where the abstract contradicts the tables, if it does."""
    claims = [
        (Claim(study, stated), stated.abstract_pct)
        for stated in study.claims
        if stated.experiment == experiment and stated.abstract_pct is not None
    ]
    if not claims:
        return []
    stated = [
        f"{claim.quantity.title.split()[0]} +{pct:.0f} % in the abstract but "
        f"+{100 * (claim.published - 1):.0f} % in {claim.stated.place} "
        f"({claim.figures_text})"
        for claim, pct in claims
    ]
    inside = [claim.range.holds(1 + pct / 100) for claim, pct in claims]
    figures_lie = "Each figure" if all(inside) else "Not each figure"
    return [
        f"{study.subject} contradicts itself here: {'; '.join(stated)}. "
        f"{study.remarks.get(experiment, '')} The rows are judged by the table. "
        f"{figures_lie} of the abstract lies in the range of its row."
    ]


def _list_calls(study: PublishedStudy) -> pd.DataFrame:
    return pd.DataFrame(
        {
            f"{study.name} asks for": call.words,
            "what answers it here": call.answer,
            "verdict": f"{NOT_TESTABLE} (a call for further work)",
        }
        for call in study.calls
    )


def make_claim_frame(rows: Sequence[Judgement]) -> pd.DataFrame:
    """Return the unrounded numbers, one row per claim and pair; NaN if there is none.

    ``range_low`` and ``range_high`` are infinite where the range has no border.
    """
    columns: dict[str, list[object]] = {
        "claim": [row.claim.name for row in rows],
        "network": [row.networks[0] for row in rows],
        "reference": [row.networks[-1] for row in rows],
        "engine": ["".join(row.engines[:1]) for row in rows],
        "reference_engine": ["".join(row.engines[-1:]) for row in rows],
        "seeds": [row.seeds for row in rows],
        "published": [row.claim.published for row in rows],
        "ours": [row.ours.mean for row in rows],
        "low": [row.ours.low for row in rows],
        "high": [row.ours.high for row in rows],
        "range_low": [row.claim.range.low for row in rows],
        "range_high": [row.claim.range.high for row in rows],
        "verdict": [row.verdict.word for row in rows],
        "reasons": ["; ".join(row.verdict.reasons) for row in rows],
    }
    return pd.DataFrame(columns)


def format_claims(rows: Sequence[Judgement]) -> pd.DataFrame:
    """Return rows as they are printed: a frame of strings with its headings."""
    return pd.DataFrame(
        {
            "claim": row.claim.words,
            row.claim.study.name: _format_published(row.claim),
            OURS: MISSING
            if np.isnan(row.ours.mean)
            else row.claim.scale.interval_text(row.ours),
            "seeds": str(row.seeds),
            "engines": _format_engines(row),
            "reproduced if": row.claim.scale.range_text(row.claim.range),
            "verdict": _format_verdict(row),
        }
        for row in rows
    )


def _format_published(claim: Claim) -> str:
    place, abstract_pct = claim.stated.place, claim.stated.abstract_pct
    if not claim.figures:
        return f"no number ({place})"
    text = f"{claim.scale.text(claim.published)} ({place}: {claim.figures_text})"
    if abstract_pct is not None:
        text += f"; abstract: {abstract_pct:.0f} % more"
    return text


def _format_engines(row: Judgement) -> str:
    text = " / ".join(row.engines) or MISSING
    if row.not_on_published_engine:
        study, networks = row.claim.study, " and ".join(row.not_on_published_engine)
        text += (
            f" ({study.name}'s engine did not run: `also_on: [{study.engine}]` in "
            f"{networks})"
        )
    return text


def _format_verdict(row: Judgement) -> str:
    if row.verdict.reasons:
        return f"{row.verdict.word}: {'; '.join(row.verdict.reasons)}"
    by = f" with {row.engines[0]}" if row.claim.is_cost else ""
    return f"**{row.verdict.word}**{by}"
