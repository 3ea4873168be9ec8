"""The cells of a table: how numbers are printed."""

from collections.abc import Callable
from math import floor, log10

import numpy as np
import pandas as pd

from spikemeter.engines.resolution import find_rounding
from spikemeter.report.marks import MISSING, OTHER_QUANTITY, ROUNDED, add_mark
from spikemeter.report.quantities import Quantity

# By the power of 1000.
PREFIXES = dict(enumerate(("p", "n", "µ", "m", "", "k", "M", "G", "T"), start=-4))

# --- Cells ----------------------------------------------------------------------------


def format_number(value: float, decimals: int) -> str:
    """Return a value with ``decimals`` digits after the point."""
    # Adding 0 takes the sign from what is rounded to it.
    return f"{round(value, decimals) + 0.0:,.{decimals}f}".replace("-", "−")


def count_decimals(value: float, decimals: int) -> int:
    """Return ``decimals``, or more if a value below 1 needs them for two digits."""
    return decimals if value == 0 else max(decimals, 1 - floor(log10(abs(value))))


def format_half_width(low: float, high: float, places: int) -> str:
    """Return an interval that is even about its mean, by half its width."""
    return f"± {format_number((high - low) / 2, places)}"


def format_ends(low: float, high: float, places: int) -> str:
    """Return an interval that is not, such as a ratio's, by its ends."""
    return f"[{format_number(low, places)}, {format_number(high, places)}]"


def format_cell(
    row: pd.Series,
    name: str,
    decimals: int,
    interval: Callable[[float, float, int], str] = format_half_width,
    sign: str = "",
) -> str:
    """Return ``ours ± half-width (published)``; what is missing is left out.

    Parameters
    ----------
    row : Series
        Holds ``name``, ``name_low``, ``name_high`` and perhaps ``name_published``.
    interval : callable
        How the interval over the seeds is written.
    sign : str
        Follows our value.
    """
    ours, low, high = (row[name + end] for end in ("", "_low", "_high"))
    published = row.get(f"{name}_published", np.nan)
    text = MISSING
    if pd.notna(ours):
        places = count_decimals(ours, decimals) if decimals else int(row["seeds"] > 1)
        spread = interval(low, high, places) if pd.notna(low) else ""
        text = f"{format_number(ours, places)} {spread}".rstrip() + sign
    return text if pd.isna(published) else f"{text} ({_printed(published, decimals)})"


def choose_sign(quantity: Quantity, devices: str) -> str:
    """Return the sign of a quantity that these devices do not meter as a GPU does."""
    other = quantity.depends_on_device and devices != "cuda"
    return OTHER_QUANTITY if other else ""


def format_head(row: pd.Series) -> dict[str, str]:
    """Return the first cells of a row about one network."""
    return {
        "exp": str(row["experiment"]),
        "network": add_mark(row["label"], row["mark"]),
        "engine": format_engines(row["engine"]),
    }


def format_engines(names: str) -> str:
    """Return the engines of a row, marked if one is not exact."""
    rounded = any(map(find_rounding, names.split()))
    return add_mark(names, ROUNDED if rounded else "")


def _printed(value: float, decimals: int) -> str:
    """Return a published figure with its own digits, if it has up to four."""
    exact = round(value, decimals) == value
    more = decimals if exact or round(value, 4) != value else 4
    return format_number(value, more)


# --- Amounts: three digits and an SI prefix -------------------------------------------


def format_amount(value: float, unit: str = "") -> str:
    """Return a number as ``1.98 M``, a whole one below 1000 as it is."""
    if pd.isna(value):
        return MISSING
    if value < 1000 and value == int(value):  # noqa: PLR2004 - three digits
        return f"{format_number(value, 0)} {unit}".rstrip()
    return _with_prefix([value], "", unit)


def format_mean_amount(row: pd.Series, name: str, unit: str = "") -> str:
    """Return a mean over the seeds with half its interval, as ``1.98 ± 0.02 M``."""
    mean, high = row[name], row[f"{name}_high"]
    if pd.isna(high):
        return format_amount(mean, unit)
    exponent = _exponent(mean, unit)
    decimals = _count_digits(mean / 10.0**exponent)
    scaled = (value / 10.0**exponent for value in (mean, high - mean))
    texts = (format_number(value, decimals) for value in scaled)
    return f"{' ± '.join(texts)} {PREFIXES[exponent // 3]}{unit}".rstrip()


def format_span(least: float, most: float, unit: str = "") -> str:
    """Return a range as ``4.56–51.6 µJ``."""
    return MISSING if pd.isna(least) else _with_prefix([least, most], "–", unit)


def _with_prefix(values: list[float], between: str, unit: str) -> str:
    """Return values, three digits each, with the prefix of the last and largest."""
    exponent = _exponent(values[-1], unit)
    scaled = [value / 10.0**exponent for value in values]
    text = between.join(format_number(value, _count_digits(value)) for value in scaled)
    return f"{text} {PREFIXES[exponent // 3]}{unit}".rstrip()


def _exponent(value: float, unit: str) -> int:
    """Return the power of ten of a value's prefix; counts have none below 1."""
    if value == 0:
        return 0
    smallest = min(PREFIXES) if unit else 0
    return 3 * max(smallest, min(max(PREFIXES), floor(log10(abs(value)) / 3)))


def _count_digits(value: float) -> int:
    """Return how many digits after the point make three in all, none of a zero."""
    return 0 if value == 0 else max(0, 2 - floor(log10(abs(value))))
