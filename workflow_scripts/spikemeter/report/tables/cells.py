"""Numbers as the cells of a table."""

from collections.abc import Callable
from math import floor, log10

import numpy as np
import pandas as pd

from spikemeter.engines.names import APPROXIMATE
from spikemeter.report.marks import MISSING, OTHER_QUANTITY, ROUNDED, marked
from spikemeter.report.quantities import Quantity


def number(value: float, decimals: int) -> str:
    """Return a value with ``decimals`` digits after the point."""
    # Adding 0 takes the sign from what is rounded to it.
    return f"{round(value, decimals) + 0.0:,.{decimals}f}".replace("-", "−")


def digits(value: float, decimals: int) -> int:
    """Return ``decimals``, or more where a value below 1 needs them for two digits."""
    return decimals if value == 0 else max(decimals, 1 - floor(log10(abs(value))))


def half_width(low: float, high: float, places: int) -> str:
    """Return an interval as half its width, for one that is even about its mean."""
    return f"± {number((high - low) / 2, places)}"


def from_to(low: float, high: float, places: int) -> str:
    """Return an interval by its ends, for one that is not, such as a ratio's."""
    return f"[{number(low, places)}, {number(high, places)}]"


def cell(
    row: pd.Series,
    name: str,
    decimals: int,
    interval: Callable[[float, float, int], str] = half_width,
    sign: str = "",
) -> str:
    """Return ``ours ± half its interval (the paper's)``; what is missing is left out.

    Parameters
    ----------
    row : Series
        Holds ``name``, ``name_low``, ``name_high`` and, if it can be, ``name_paper``.
    interval : callable
        How the interval over the seeds is written.
    sign : str
        Stands behind our value.
    """
    ours, low, high = (row[name + end] for end in ("", "_low", "_high"))
    papers = row.get(f"{name}_paper", np.nan)
    text = MISSING
    if pd.notna(ours):
        places = digits(ours, decimals) if decimals else int(row["seeds"] > 1)
        spread = interval(low, high, places) if pd.notna(low) else ""
        text = f"{number(ours, places)} {spread}".rstrip() + sign
    return f"{text} ({_as_published(papers, decimals)})" if pd.notna(papers) else text


def device_sign(quantity: Quantity, devices: str) -> str:
    """Return the sign of a quantity that is not the paper's on these devices."""
    foreign = quantity.depends_on_device and devices != "cuda"
    return OTHER_QUANTITY if foreign else ""


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
