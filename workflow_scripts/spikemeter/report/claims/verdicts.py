"""The rule that judges a claim: a range for one number, and where its interval lies."""

from collections.abc import Callable, Sequence
from math import inf, isfinite, isinf
from typing import NamedTuple

from spikemeter.report.statistics import LEVEL, Interval

REPRODUCED = "reproduced"
NOT_REPRODUCED = "not reproduced"
NOT_TESTABLE = "not testable here"
SAME = "all seeds give the same number, which is no spread to judge by; more seeds"

RULE = (
    f"Every claim is a range for one number. The {100 * LEVEL:.0f} % interval of that "
    f"number over the seeds lies wholly inside the range: *{REPRODUCED}*; wholly "
    f"outside: *{NOT_REPRODUCED}*; across a border: *{NOT_TESTABLE}*, more seeds would "
    "tell. The borders belong to a range that has two; *more than* and *less than* "
    "leave theirs out."
)


class Range(NamedTuple):
    """The numbers for which a claim holds; infinite where it has no border.

    Borders belong to a range of two; that of *more than* or *less than* does not.
    """

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Tell whether a number is in the range."""
        if isinf(self.low) or isinf(self.high):
            return self.low < value < self.high
        return self.low <= value <= self.high

    def contains(self, interval: Interval) -> bool:
        """Tell whether an interval lies wholly inside."""
        return self.holds(interval.low) and self.holds(interval.high)

    def misses(self, interval: Interval) -> bool:
        """Tell whether an interval lies wholly outside."""
        touches = self.holds(interval.low) or self.holds(interval.high)
        covers = interval.low < self.low and interval.high > self.high
        return not (touches or covers)

    def crossed(self, interval: Interval) -> list[float]:
        """Return the borders that an interval reaches across."""
        return [edge for edge in self if interval.low <= edge <= interval.high]


class Verdict(NamedTuple):
    """What is said of a claim, and why it is not testable, most basic reason first."""

    word: str
    reasons: tuple[str, ...] = ()


def more_than(border: float) -> Range:
    """Return all numbers above ``border``."""
    return Range(border, inf)


def less_than(border: float) -> Range:
    """Return all numbers below ``border``."""
    return Range(-inf, border)


def within(value: float, factor: float) -> Range:
    """Return the numbers that ``value`` and a factor up or down reach."""
    return Range(value / factor, value * factor)


def judge(
    interval: Interval,
    claimed: Range,
    reasons: Sequence[str],
    text: Callable[[float], str],
) -> Verdict:
    """Judge a claim.

    Parameters
    ----------
    interval : Interval
        Of our number over the seeds; NaN where there is none.
    claimed : Range
        Where the number must lie.
    reasons : sequence of str
        Why it says nothing about the claim: none, or there is no verdict.
    text : callable
        Given a number, how it is printed.
    """
    if reasons:
        return Verdict(NOT_TESTABLE, tuple(reasons))
    if not (isfinite(interval.low) and isfinite(interval.high)):
        same = isfinite(interval.mean)
        why = SAME if same else "the number has no finite interval"
        return Verdict(NOT_TESTABLE, (why,))
    if claimed.contains(interval):
        return Verdict(REPRODUCED)
    if claimed.misses(interval):
        return Verdict(NOT_REPRODUCED)
    borders = " and ".join(map(text, claimed.crossed(interval)))
    shown = f"[{text(interval.low)}, {text(interval.high)}]"
    return Verdict(
        NOT_TESTABLE, (f"the interval {shown} reaches across {borders}; more seeds",)
    )
