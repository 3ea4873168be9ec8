"""The rule that judges a claim: a range for one number, and where its interval lies."""

from collections.abc import Callable, Sequence
from math import isfinite, isinf
from typing import NamedTuple

from spikemeter.report.statistics import LEVEL, Interval

REPRODUCED = "reproduced"
NOT_REPRODUCED = "not reproduced"
NOT_TESTABLE = "not testable here"
SAME = "all seeds give the same number, so their spread is not known; more seeds"

RULE = (
    f"Every claim is a range for one number. If the {100 * LEVEL:.0f} % interval of "
    f"that number over the seeds lies inside the range, the claim is *{REPRODUCED}*; "
    f"if it lies outside, *{NOT_REPRODUCED}*; if it crosses a border, *{NOT_TESTABLE}* "
    "without more seeds. A range of two borders includes them; *more than* and *less "
    "than* exclude theirs."
)


class Range(NamedTuple):
    """The numbers for which a claim holds; infinite where it has no border.

    A range of two borders includes them; one of a single border excludes it.
    """

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Tell whether a number is in the range."""
        if isinf(self.low) or isinf(self.high):
            return self.low < value < self.high
        return self.low <= value <= self.high

    def contains(self, interval: Interval) -> bool:
        """Tell whether an interval lies inside."""
        return self.holds(interval.low) and self.holds(interval.high)

    def misses(self, interval: Interval) -> bool:
        """Tell whether an interval lies outside."""
        touches = self.holds(interval.low) or self.holds(interval.high)
        covers = interval.low < self.low and interval.high > self.high
        return not (touches or covers)

    def crossed(self, interval: Interval) -> list[float]:
        """Return the borders that an interval crosses."""
        return [edge for edge in self if interval.low <= edge <= interval.high]


class Verdict(NamedTuple):
    """The verdict on a claim, and why it is not testable, most basic reason first."""

    word: str
    reasons: tuple[str, ...] = ()


def judge(
    interval: Interval,
    range_: Range,
    reasons: Sequence[str],
    text: Callable[[float], str],
) -> Verdict:
    """Judge a claim.

    Parameters
    ----------
    interval : Interval
        Of our number over the seeds; NaN if there is none.
    range_ : Range
        Where the number must lie.
    reasons : sequence of str
        Why the number does not decide the claim; any of them leaves no verdict.
    text : callable
        Given a number, how it is printed.
    """
    if reasons:
        return Verdict(NOT_TESTABLE, tuple(reasons))
    if not (isfinite(interval.low) and isfinite(interval.high)):
        same = isfinite(interval.mean)
        why = SAME if same else "the number has no finite interval"
        return Verdict(NOT_TESTABLE, (why,))
    if range_.contains(interval):
        return Verdict(REPRODUCED)
    if range_.misses(interval):
        return Verdict(NOT_REPRODUCED)
    borders = " and ".join(map(text, range_.crossed(interval)))
    shown = f"[{text(interval.low)}, {text(interval.high)}]"
    return Verdict(
        NOT_TESTABLE, (f"the interval {shown} crosses {borders}; more seeds",)
    )
