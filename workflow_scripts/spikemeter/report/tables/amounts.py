"""Counts and energies as cells: three digits and an SI prefix."""

from math import floor, log10

import pandas as pd

from spikemeter.report.marks import MISSING
from spikemeter.report.tables.cells import format_number

PREFIXES = ("p", "n", "µ", "m", "", "k", "M", "G", "T")
SMALLEST = -12


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
    decimals = _decimals(mean / 10.0**exponent)
    scaled = (value / 10.0**exponent for value in (mean, high - mean))
    texts = (format_number(value, decimals) for value in scaled)
    return f"{' ± '.join(texts)} {_prefix(exponent)}{unit}".rstrip()


def format_span(least: float, most: float, unit: str = "") -> str:
    """Return a range as ``4.56–51.6 µJ``."""
    return MISSING if pd.isna(least) else _with_prefix([least, most], "–", unit)


def _with_prefix(values: list[float], between: str, unit: str) -> str:
    """Return values, three digits each, with the prefix of the last and largest."""
    exponent = _exponent(values[-1], unit)
    scaled = [value / 10.0**exponent for value in values]
    text = between.join(format_number(value, _decimals(value)) for value in scaled)
    return f"{text} {_prefix(exponent)}{unit}".rstrip()


def _exponent(value: float, unit: str) -> int:
    """Return the power of ten of a value's prefix; counts have none below 1."""
    if value == 0:
        return 0
    largest = SMALLEST + 3 * (len(PREFIXES) - 1)
    smallest = SMALLEST if unit else 0
    return max(smallest, min(largest, 3 * floor(log10(abs(value)) / 3)))


def _prefix(exponent: int) -> str:
    return PREFIXES[(exponent - SMALLEST) // 3]


def _decimals(value: float) -> int:
    """Return how many digits after the point make three in all, none of a zero."""
    return 0 if value == 0 else max(0, 2 - floor(log10(abs(value))))
