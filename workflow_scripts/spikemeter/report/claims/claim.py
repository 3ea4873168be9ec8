"""A claim of a published study: a range for one number, and the rule that judges it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, isfinite, isinf, isnan, nan, sqrt
from statistics import NormalDist
from typing import NamedTuple

from spikemeter.report.published import PublishedStudy, StatedClaim
from spikemeter.report.quantities import QUANTITIES, Quantity
from spikemeter.report.statistics import (
    LEVEL,
    Interval,
    Values,
    differences,
    ratio_interval,
    t_interval,
)
from spikemeter.report.tables.cells import count_decimals, format_number

REPRODUCED = "reproduced"
NOT_REPRODUCED = "not reproduced"
NOT_TESTABLE = "not testable here"
MORE_SEEDS = "more seeds"
BETTER_METER = "a longer metered phase, or another meter"
SAME = f"all seeds give the same number, so their spread is not known; {MORE_SEEDS}"

RULE = (
    f"Every claim is a range for one number. If the {100 * LEVEL:.0f} % interval of "
    "that number over the seeds, of power and energy with the meter's error, lies "
    f"inside the range, the claim is *{REPRODUCED}*; if it lies outside, "
    f"*{NOT_REPRODUCED}*; if it crosses a border, *{NOT_TESTABLE}* without "
    f"{MORE_SEEDS} or, where the meter errs more than the seeds differ, "
    f"{BETTER_METER}. A range of two borders includes them; *more than* and *less "
    "than* exclude theirs."
)


class Verdict(NamedTuple):
    """The verdict on a claim, and why it is not testable, most basic reason first."""

    word: str
    reasons: tuple[str, ...] = ()


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


class Scale(NamedTuple):
    """How two networks are compared, and how the outcome is printed.

    By a ratio, or a difference. ``template`` has the unit; a ratio below 1 has more
    decimals, if it needs them.
    """

    template: str
    decimals: int
    is_ratio: bool = False

    def compare(self, first: float, second: float) -> float:
        """Return the number that two published figures give."""
        return first / second if self.is_ratio else first - second

    def interval(self, *values: Values, error: float = nan) -> Interval:
        """Return our number over the seeds, from one value per seed and network.

        Of one network alone, the values are the ratios. ``error`` is how far the meter
        errs in a ratio.
        """
        if self.is_ratio:
            reference = values[1] if len(values) > 1 else 1.0
            return ratio_interval(values[0], reference, error)
        return t_interval(differences(*values))

    def figure(self, value: float) -> str:
        """Return a number as it is printed, without its unit."""
        if self.is_ratio:
            return format_number(value, count_decimals(value, self.decimals))
        plus = "+" if round(value, self.decimals) > 0 else ""
        return plus + format_number(value, self.decimals)

    def text(self, value: float) -> str:
        """Return a number as it is printed."""
        return self.template.format(self.figure(value))

    def range_text(self, range_: Range) -> str:
        """Return a range in words."""
        if range_.high == inf:
            return f"more than {self.text(range_.low)}"
        if range_.low == -inf:
            return f"less than {self.text(range_.high)}"
        return self.template.format(" to ".join(map(self.figure, range_)))

    def interval_text(self, ours: Interval) -> str:
        """Return a mean with its interval, if it has one."""
        mean, *ends = (self.figure(value) for value in ours if not isnan(value))
        return self.template.format(f"{mean} [{', '.join(ends)}]" if ends else mean)


SCALES = {
    "ratio": Scale("×{}", 2, is_ratio=True),
    "points": Scale("{} points", 2),
    "epochs": Scale("{} epochs", 1),
}


@dataclass(frozen=True)
class Claim:
    """A claim as a published study states it, with what follows from its tables."""

    study: PublishedStudy
    stated: StatedClaim

    @property
    def quantity(self) -> Quantity:
        """What of a run decides."""
        return QUANTITIES[self.stated.quantity]

    @property
    def scale(self) -> Scale:
        """How the networks are compared."""
        return SCALES[self.stated.scale]

    @property
    def name(self) -> str:
        """Its name in the CSV file."""
        return f"{self.stated.networks[0]}_{self.quantity.name}"

    @property
    def is_cost(self) -> bool:
        """Whether it is about time, memory, power or energy."""
        return self.quantity.reading is not None

    @property
    def figures(self) -> list[float]:
        """The published figures of its two networks, none if one has none."""
        return self.study.compared(self.stated)

    @property
    def figures_text(self) -> str:
        """The published figures as they are compared."""
        figures = (format_number(f, self.quantity.decimals) for f in self.figures)
        return (" / " if self.scale.is_ratio else " − ").join(figures)

    @property
    def published(self) -> float:
        """The number that the published figures give, NaN if there are none."""
        return self.scale.compare(*self.figures) if self.figures else nan

    @property
    def range(self) -> Range:
        """Where the number must lie."""
        stated, published = self.stated.range, self.published
        if (factor := stated.within_factor) is not None:
            least, most = sorted((published**0.5, published**1.5))
            return Range(max(published / factor, least), min(published * factor, most))
        if stated.within_sampling:
            error = self._sampling_error
            return Range(published - error, published + error)
        if stated.between is not None:
            return Range(*stated.between)
        more, less = stated.more_than, stated.less_than
        return Range(-inf if more is None else more, inf if less is None else less)

    @property
    def _sampling_error(self) -> float:
        """Half the interval of the difference of two published accuracies, in points.

        That of two independent shares of their test samples (Wald).
        """
        shares = [figure / 100 for figure in self.figures]
        samples = [
            self.study.figures(row)["test.samples"] for row in self.stated.networks
        ]
        variances = (p * (1 - p) / n for p, n in zip(shares, samples, strict=True))
        return 100 * NormalDist().inv_cdf((1 + LEVEL) / 2) * sqrt(sum(variances))

    @property
    def words(self) -> str:
        """What the study says, in short."""
        times, pct = self.published, 100 * (self.published - 1)
        return self.stated.words.format(times=f"{times:.3g}", pct=f"{pct:.3g} %")


def judge(
    interval: Interval,
    range_: Range,
    reasons: Sequence[str],
    text: Callable[[float], str],
    advice: str = MORE_SEEDS,
) -> Verdict:
    """Judge a claim by the interval of our number, NaN if there is none.

    Any reason why the number does not decide leaves no verdict; ``text`` prints one,
    and ``advice`` is what would narrow the interval.
    """
    mean, *ends = interval
    if reasons:
        return Verdict(NOT_TESTABLE, tuple(reasons))
    if not all(map(isfinite, ends)):
        why = SAME if isfinite(mean) else "the number has no finite interval"
        return Verdict(NOT_TESTABLE, (why,))
    low, high = ends
    inside = [range_.holds(end) for end in ends]
    if all(inside):
        return Verdict(REPRODUCED)
    if not any(inside) and not (low < range_.low and high > range_.high):
        return Verdict(NOT_REPRODUCED)
    borders = " and ".join(text(edge) for edge in range_ if low <= edge <= high)
    shown = f"[{text(low)}, {text(high)}]"
    return Verdict(NOT_TESTABLE, (f"the interval {shown} crosses {borders}; {advice}",))
