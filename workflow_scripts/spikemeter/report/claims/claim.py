"""What a claim is: one number of two networks, and the range in which it must lie."""

import operator
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from spikemeter.report.claims.verdicts import Range
from spikemeter.report.paper import PUBLISHED
from spikemeter.report.quantities import Quantity
from spikemeter.report.statistics import (
    Interval,
    Values,
    differences,
    ratio_interval,
    t_interval,
)
from spikemeter.report.tables.cells import digits, number

Networks = tuple[str, ...]


@dataclass(frozen=True)
class Scale:
    """How two networks are compared, and how the outcome is printed.

    Attributes
    ----------
    papers : callable
        Of two published figures.
    interval : callable
        Of our values, one a seed, of the first network and of the second, if there
        is one.
    figure : callable
        Given a number, how it is printed, without its unit.
    template : str
        Where the unit stands.
    sign : str
        What stands between the two figures that are compared.
    """

    papers: Callable[[float, float], float]
    interval: Callable[..., Interval]
    figure: Callable[[float], str]
    template: str
    sign: str

    def text(self, value: float) -> str:
        """Return a number as it is printed."""
        return self.template.format(self.figure(value))

    def range_text(self, held: Range) -> str:
        """Return a range in words."""
        if np.isinf(held.high):
            return f"more than {self.text(held.low)}"
        if np.isinf(held.low):
            return f"less than {self.text(held.high)}"
        return self.template.format(" to ".join(map(self.figure, held)))

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
        return plus + number(value, decimals)

    return figure


RATIO = Scale(
    operator.truediv,
    _ratio,
    lambda value: number(value, digits(value, 2)),
    template="×{}",
    sign="/",
)
POINTS = Scale(operator.sub, _difference, _signed(2), template="{} points", sign="−")
EPOCHS = Scale(operator.sub, _difference, _signed(1), template="{} epochs", sign="−")


@dataclass(frozen=True)
class Claim:
    """A claim of the paper that one number decides.

    Attributes
    ----------
    experiment : int
        The experiment that it is about.
    words : str
        What the paper says, in short.
    networks : tuple of str
        The two that are compared, as in `spikemeter.report.paper`; one, if a network
        is compared with itself.
    quantity : Quantity
        What of a run decides.
    scale : Scale
        How the networks are compared.
    held : Range
        Where the number must lie.
    place : str
        Where in the paper its figure stands.
    abstract_pct : float or None
        The abstract's figure, in % more, where it is not that of the tables.
    never : str
        Why the claim cannot be tested here whatever is run; empty, if it can.
    """

    experiment: int
    words: str
    networks: Networks
    quantity: Quantity
    scale: Scale
    held: Range
    place: str
    abstract_pct: float | None = None
    never: str = ""

    @property
    def name(self) -> str:
        """Its name in the CSV file."""
        return f"exp{self.experiment}_{self.quantity.name}"

    @property
    def is_cost(self) -> bool:
        """Whether it is about time, memory, power or energy."""
        return self.quantity.reading is not None

    @property
    def published(self) -> tuple[float, ...]:
        """The paper's figures of the networks, none if it prints none."""
        if len(self.networks) == 1:
            return ()
        return tuple(self.quantity.papers(PUBLISHED[name]) for name in self.networks)

    @property
    def papers(self) -> float:
        """What the paper's figures give, NaN if it prints none."""
        return self.scale.papers(*self.published) if self.published else np.nan


@dataclass(frozen=True)
class Call:
    """A call of the paper for further work, and what answers it here."""

    words: str
    answer: str


def snntorch(networks: Networks) -> Networks:
    """Return the names of the same networks, the spiking ones by snnTorch."""
    return tuple(
        again if (again := f"{name}_snntorch") in PUBLISHED else name
        for name in networks
    )
