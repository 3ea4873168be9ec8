"""The judged claims as rows: unrounded numbers, and cells as they are printed."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from spikemeter.report.claims.claim import Claim
from spikemeter.report.claims.judgements import Judgement
from spikemeter.report.marks import MISSING
from spikemeter.report.statistics import LEVEL
from spikemeter.report.tables.cells import format_number

OURS = f"ours [{100 * LEVEL:.0f} % interval]"


NUMBERS = (
    *("claim", "network", "reference", "engine", "reference_engine", "seeds"),
    *("published", "ours", "low", "high", "range_low", "range_high", "verdict"),
    "reasons",
)


def make_claim_frame(rows: Sequence[Judgement]) -> pd.DataFrame:
    """Return the unrounded numbers, one row per claim and pair; NaN if there is none.

    ``range_low`` and ``range_high`` are infinite where the range has no border.
    """
    numbers = [
        {
            "claim": row.claim.name,
            "network": row.networks[0],
            "reference": row.networks[-1],
            "engine": row.engines[0] if row.engines else "",
            "reference_engine": row.engines[-1] if row.engines else "",
            "seeds": row.seeds,
            "published": row.claim.published,
            "ours": row.ours.mean,
            "low": row.ours.low,
            "high": row.ours.high,
            "range_low": row.claim.range.low,
            "range_high": row.claim.range.high,
            "verdict": row.verdict.word,
            "reasons": "; ".join(row.verdict.reasons),
        }
        for row in rows
    ]
    return pd.DataFrame(numbers, columns=list(NUMBERS))


def format_claims(rows: Sequence[Judgement]) -> pd.DataFrame:
    """Return rows as they are printed: a frame of strings with its headings."""
    return pd.DataFrame([_cells(row) for row in rows])


def format_figures(claim: Claim) -> str:
    """Return the published figures of the networks, as they are compared."""
    decimals = claim.quantity.decimals
    return f" {claim.scale.sign} ".join(
        format_number(x, decimals) for x in claim.figures
    )


def _cells(row: Judgement) -> dict[str, str]:
    claim = row.claim
    known = not np.isnan(row.ours.mean)
    return {
        "claim": claim.words,
        claim.study.name: _published_text(claim),
        OURS: claim.scale.interval_text(row.ours) if known else MISSING,
        "seeds": str(row.seeds),
        "engines": _engines(row),
        "reproduced if": claim.scale.range_text(claim.range),
        "verdict": _verdict(row),
    }


def _published_text(claim: Claim) -> str:
    place, abstract_pct = claim.stated.place, claim.stated.abstract_pct
    if not claim.figures:
        return f"no number ({place})"
    text = f"{claim.scale.text(claim.published)} ({place}: {format_figures(claim)})"
    if abstract_pct is not None:
        text += f"; abstract: {abstract_pct:.0f} % more"
    return text


def _engines(row: Judgement) -> str:
    text = " / ".join(row.engines) or MISSING
    if row.not_on_published_engine:
        study, networks = row.claim.study, " and ".join(row.not_on_published_engine)
        text += (
            f" ({study.name}'s engine did not run: `also_on: [{study.engine}]` in "
            f"{networks})"
        )
    return text


def _verdict(row: Judgement) -> str:
    if row.verdict.reasons:
        return f"{row.verdict.word}: {'; '.join(row.verdict.reasons)}"
    by = f" with {row.engines[0]}" if row.claim.is_cost else ""
    return f"**{row.verdict.word}**{by}"
