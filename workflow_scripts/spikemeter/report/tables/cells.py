"""The cells of a table: how numbers are printed."""

from math import floor, isnan, log10, nan
from typing import Any

from spikemeter.engines.resolution import find_rounding
from spikemeter.report.marks import MISSING, OTHER_QUANTITY, ROUNDED, add_mark
from spikemeter.report.quantities import Quantity

# By the power of 1000.
PREFIXES = dict(enumerate(("p", "n", "µ", "m", "", "k", "M", "G", "T"), start=-4))


class PrintedRow(dict[Any, Any]):
    """A row of a table; its methods return cells as text.

    A number ``name`` over the seeds has its interval in ``name_low`` and ``name_high``.

    Examples
    --------
    >>> PrintedRow({"macs": 1_982_978.75}).amount("macs")
    '1.98 M'
    """

    def head(self) -> dict[str, str]:
        """Return the first cells of a row about one network."""
        return {
            "exp": str(self["experiment"]),
            "network": add_mark(self["label"], self["mark"]),
            "engine": format_engines(self["engine"]),
        }

    def number(
        self, name: str, decimals: int, sign: str = "", *, ends: bool = False
    ) -> str:
        """Return ``ours ± half-width (published)``; what is missing is left out.

        ``sign`` follows our value. An interval that is not even about its mean, such
        as a ratio's, is given by its ends.
        """
        ours, low, high = (self[name + end] for end in ("", "_low", "_high"))
        published, text = self.get(f"{name}_published", nan), MISSING
        if not isnan(ours):
            places = int(self["seeds"] > 1)
            if decimals:
                places = count_decimals(ours, decimals)
            text = format_number(ours, places)
            if not isnan(low):
                half = f"± {format_number((high - low) / 2, places)}"
                text += f" {format_ends(low, high, places) if ends else half}"
            text += sign
        if isnan(published):
            return text
        # A published figure has its own digits, if these are up to four.
        own = round(published, 4) == published != round(published, decimals)
        return f"{text} ({format_number(published, 4 if own else decimals)})"

    def amount(self, name: str, unit: str = "") -> str:
        """Return an amount, perhaps with half its interval, as ``1.98 ± 0.02 M``.

        It has three digits and an SI prefix; a whole one below 1000 is as it is.
        """
        mean, high = self[name], self.get(f"{name}_high", nan)
        if isnan(mean):
            return MISSING
        if isnan(high) and mean < 1000 and mean == int(mean):  # noqa: PLR2004
            return f"{format_number(mean, 0)} {unit}".rstrip()
        scale, prefix = _choose_prefix(mean, unit)
        shown = [mean / scale] if isnan(high) else [mean / scale, (high - mean) / scale]
        digits = _count_digits(shown[0])
        text = " ± ".join(format_number(value, digits) for value in shown)
        return f"{text} {prefix}{unit}".rstrip()

    def span(self, name: str) -> str:
        """Return an estimated energy as ``4.56–51.6 µJ``, three digits each."""
        least, most = self[f"{name}_least_j"], self[f"{name}_most_j"]
        if isnan(least):
            return MISSING
        scale, prefix = _choose_prefix(most, "J")
        ends = (least / scale, most / scale)
        text = "–".join(format_number(end, _count_digits(end)) for end in ends)
        return f"{text} {prefix}J"


def format_number(value: float, decimals: int) -> str:
    """Return a value with ``decimals`` digits after the point."""
    # Adding 0 takes the sign from what is rounded to it.
    return f"{round(value, decimals) + 0.0:,.{decimals}f}".replace("-", "−")


def count_decimals(value: float, decimals: int) -> int:
    """Return ``decimals``, or more if a value below 1 needs them for two digits."""
    return decimals if value == 0 else max(decimals, 1 - floor(log10(abs(value))))


def format_ends(low: float, high: float, places: int) -> str:
    """Return an interval by its ends."""
    return f"[{format_number(low, places)}, {format_number(high, places)}]"


def format_engines(names: str) -> str:
    """Return the engines of a row, marked if one rounds to less than float32."""
    rounded = any(map(find_rounding, names.split()))
    return add_mark(names, ROUNDED if rounded else "")


def choose_sign(quantity: Quantity, devices: str) -> str:
    """Return the sign of a quantity that these devices do not meter as a GPU does."""
    depends = quantity.reading in ("memory_pct", "power_w", "energy_j", "net_energy_j")
    return OTHER_QUANTITY if depends and devices != "cuda" else ""


def _choose_prefix(value: float, unit: str) -> tuple[float, str]:
    """Return the size and sign of a value's SI prefix; counts have none below 1."""
    smallest, thousands = min(PREFIXES) if unit else 0, 0
    if value != 0:
        thousands = floor(log10(abs(value)) / 3)
        thousands = max(smallest, min(max(PREFIXES), thousands))
    return 10.0 ** (3 * thousands), PREFIXES[thousands]


def _count_digits(value: float) -> int:
    """Return how many digits after the point make three in all, none of a zero."""
    return 0 if value == 0 else max(0, 2 - floor(log10(abs(value))))
