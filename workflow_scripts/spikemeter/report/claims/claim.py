"""A claim of a published study: one number of two networks, and its range."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from math import inf, nan

import numpy as np

from spikemeter.report.claims.verdicts import Range
from spikemeter.report.published import PublishedStudy, StatedClaim
from spikemeter.report.quantities import QUANTITIES, Quantity
from spikemeter.report.statistics import (
    Interval,
    Values,
    differences,
    ratio_interval,
    t_interval,
)
from spikemeter.report.tables.cells import count_decimals, format_number


@dataclass(frozen=True)
class Scale:
    """How two networks are compared, and how the outcome is printed.

    Attributes
    ----------
    compare : callable
        Given two published figures, the number.
    interval : callable
        Given our values, one per seed, of the first network and of the second, if
        there is one: the number and its interval.
    figure : callable
        Given a number, how it is printed, without its unit.
    template : str
        Where the unit goes.
    sign : str
        Between the two figures that are compared.
    """

    compare: Callable[[float, float], float]
    interval: Callable[..., Interval]
    figure: Callable[[float], str]
    template: str
    sign: str

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
        figures = [self.figure(value) for value in ours if not np.isnan(value)]
        mean, ends = figures[0], figures[1:]
        return self.template.format(f"{mean} [{', '.join(ends)}]" if ends else mean)


def _ratio(ours: Values, reference: Values | None = None) -> Interval:
    return ratio_interval(ours, np.ones_like(ours) if reference is None else reference)


def _difference(ours: Values, reference: Values) -> Interval:
    return t_interval(differences(ours, reference))


def _signed(decimals: int) -> Callable[[float], str]:
    def figure(value: float) -> str:
        plus = "+" if round(value, decimals) > 0 else ""
        return plus + format_number(value, decimals)

    return figure


SCALES = {
    "ratio": Scale(
        operator.truediv,
        _ratio,
        lambda value: format_number(value, count_decimals(value, 2)),
        template="×{}",
        sign="/",
    ),
    "points": Scale(operator.sub, _difference, _signed(2), "{} points", "−"),
    "epochs": Scale(operator.sub, _difference, _signed(1), "{} epochs", "−"),
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
        return f"exp{self.stated.experiment}_{self.quantity.name}"

    @property
    def is_cost(self) -> bool:
        """Whether it is about time, memory, power or energy."""
        return self.quantity.reading is not None

    @property
    def figures(self) -> list[float]:
        """The published figures of its two networks, none if one has none."""
        return self.study.compared(self.stated)

    @property
    def published(self) -> float:
        """The number that the published figures give, NaN if there are none."""
        return self.scale.compare(*self.figures) if self.figures else nan

    @property
    def range(self) -> Range:
        """Where the number must lie."""
        stated = self.stated.range
        if stated.within_factor is not None:
            factor = stated.within_factor
            return Range(self.published / factor, self.published * factor)
        if stated.more_than is not None:
            return Range(stated.more_than, inf)
        if stated.less_than is not None:
            return Range(-inf, stated.less_than)
        return Range(*stated.between or ())

    @property
    def words(self) -> str:
        """What the study says, in short."""
        times, pct = self.published, 100 * (self.published - 1)
        return self.stated.words.format(times=f"{times:.3g}", pct=f"{pct:.3g} %")


def list_claims(study: PublishedStudy) -> list[Claim]:
    """Return the claims of a published study, in its order."""
    return [Claim(study, stated) for stated in study.claims]
