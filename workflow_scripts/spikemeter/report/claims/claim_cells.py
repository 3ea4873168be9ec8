"""The judged claims as rows: unrounded numbers, and cells as they are printed."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from spikemeter.report.claims.claim import Claim
from spikemeter.report.claims.judged import Judged
from spikemeter.report.marks import MISSING
from spikemeter.report.statistics import LEVEL
from spikemeter.report.tables.cells import number

OURS = f"ours [{100 * LEVEL:.0f} % interval]"


def frame(rows: Sequence[Judged]) -> pd.DataFrame:
    """Return the unrounded numbers, a row a claim and engine; NaN where there is none.

    ``range_low`` and ``range_high`` are infinite where the range has no border.
    """
    return pd.DataFrame(
        {
            "claim": row.claim.name,
            "network": row.networks[0],
            "reference": row.networks[-1],
            "engine": row.engines[0] if row.engines else "",
            "reference_engine": row.engines[-1] if row.engines else "",
            "seeds": row.seeds,
            "paper": row.claim.papers,
            "ours": row.ours.mean,
            "low": row.ours.low,
            "high": row.ours.high,
            "range_low": row.claim.held.low,
            "range_high": row.claim.held.high,
            "verdict": row.verdict.word,
            "reasons": "; ".join(row.verdict.reasons),
        }
        for row in rows
    )


def texts(rows: Sequence[Judged]) -> pd.DataFrame:
    """Return rows as they are printed: a frame of strings with its headings."""
    return pd.DataFrame([_cells(row) for row in rows])


def figures(claim: Claim) -> str:
    """Return the paper's figures of the networks, as they are compared."""
    decimals = claim.quantity.decimals
    return f" {claim.scale.sign} ".join(number(x, decimals) for x in claim.published)


def _cells(row: Judged) -> dict[str, str]:
    claim = row.claim
    known = not np.isnan(row.ours.mean)
    return {
        "claim": claim.words,
        "the paper": _papers(claim),
        OURS: claim.scale.interval_text(row.ours) if known else MISSING,
        "seeds": str(row.seeds),
        "engines": _engines(row),
        "reproduced if": claim.scale.range_text(claim.held),
        "verdict": _verdict(row),
    }


def _papers(claim: Claim) -> str:
    if not claim.published:
        return f"no number ({claim.place})"
    text = f"{claim.scale.text(claim.papers)} ({claim.place}: {figures(claim)})"
    if claim.abstract_pct:
        text += f"; abstract: {claim.abstract_pct:.0f} % more"
    return text


def _engines(row: Judged) -> str:
    text = " / ".join(row.engines) or MISSING
    if row.papers_way:
        networks = " and ".join(row.papers_way)
        text += f" (the paper's way did not run: `enabled: true` in {networks})"
    return text


def _verdict(row: Judged) -> str:
    if row.verdict.reasons:
        return f"{row.verdict.word}: {'; '.join(row.verdict.reasons)}"
    by = f" with {row.engines[0]}" if row.claim.is_cost else ""
    return f"**{row.verdict.word}**{by}"
