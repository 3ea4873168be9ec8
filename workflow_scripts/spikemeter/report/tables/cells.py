"""Numbers as the cells of a table."""

from math import floor, log10

import pandas as pd

from spikemeter.engines.names import APPROXIMATE
from spikemeter.report.marks import MISSING, OTHER_QUANTITY, ROUNDED, marked


def number(value: float, decimals: int) -> str:
    """Return a value with ``decimals`` digits after the point."""
    return f"{value:,.{decimals}f}".replace("-", "−")


def digits(value: float, decimals: int) -> int:
    """Return ``decimals``, or more where a value below 1 needs them for two digits."""
    return decimals if value == 0 else max(decimals, 1 - floor(log10(abs(value))))


def cell(row: pd.Series, name: str, decimals: int, other: bool = False) -> str:
    """Return ``ours ± spread (the paper's)``; what is missing is left out.

    Parameters
    ----------
    row : Series
        Holds ``name``, ``name_sd`` and ``name_paper``.
    other : bool
        Whether a CPU run measures something else here than the paper did.
    """
    ours, spread, papers = (row[name + end] for end in ("", "_sd", "_paper"))
    text = MISSING
    if pd.notna(ours):
        places = digits(ours, decimals) if decimals else int(row["seeds"] > 1)
        text = number(ours, places)
        if pd.notna(spread):
            text += f" ± {number(spread, places)}"
        if other and row["device"] != "cuda":
            text += OTHER_QUANTITY
    return f"{text} ({_as_published(papers, decimals)})" if pd.notna(papers) else text


def head_cells(row: pd.Series) -> dict[str, str]:
    """Return the first cells of a row about one network."""
    return {
        "exp": str(row["experiment"]),
        "network": marked(row["label"], row["mark"]),
        "engine": engine_cell(row["engine"]),
    }


def engine_cell(names: str) -> str:
    """Return the engines of a row, marked where one is not exact."""
    rounded = not APPROXIMATE.keys().isdisjoint(names.split())
    return marked(names, ROUNDED if rounded else "")


def _as_published(value: float, decimals: int) -> str:
    # Table II prints one F1 with a digit more than the others.
    exact = round(value, decimals) == value
    more = decimals if exact or round(value, 4) != value else 4
    return number(value, more)
