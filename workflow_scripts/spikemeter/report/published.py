"""What a published study holds, as resources/published/{study}.yaml states it."""

import re
from collections.abc import Collection, Iterable
from math import isnan
from typing import Any, Literal, Self

from pydantic import Field, PositiveInt, field_validator, model_validator

from spikemeter.report.quantities import QUANTITIES
from spikemeter.report.resource_files import Entry, Text


class OneOf(Entry):
    """An entry with exactly one of its keys, and perhaps ``words``."""

    @model_validator(mode="after")
    def _check_that_one_is_given(self) -> Self:
        names = [name for name in type(self).model_fields if name != "words"]
        if sum(getattr(self, name) is not None for name in names) != 1:
            raise ValueError(f"needs exactly one of {', '.join(names)}")
        return self


class StatedSetting(OneOf):
    """What a study states of one setting: exactly one of the three, and its words.

    A plain value in YAML is a ``one_of`` with that value alone.
    """

    one_of: list[Any] | None = Field(default=None, min_length=1)
    at_least: float | None = None
    matches: str | None = None
    words: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _accept_a_plain_value(cls, found: Any) -> Any:
        return found if isinstance(found, dict) else {"one_of": [found]}

    @field_validator("matches")
    @classmethod
    def _check_pattern(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"no regular expression: {error}") from None
        return pattern

    def allows(self, value: Any) -> bool:
        """Tell whether a run's value is the stated one."""
        if self.one_of is not None:
            return (list(value) if isinstance(value, tuple) else value) in self.one_of
        if self.at_least is not None:
            return value is not None and value >= self.at_least
        return re.fullmatch(str(self.matches), str(value)) is not None

    @property
    def text(self) -> str:
        """The setting in words."""
        if self.words is not None:
            return self.words
        if self.one_of is not None:
            return " or ".join(map(format_setting, self.one_of))
        return f"{self.at_least:g} or more" if self.matches is None else self.matches


class SampleCounts(Entry):
    """The samples of a data set for training with validation, and for the test."""

    train: PositiveInt
    test: PositiveInt


class PublishedRow(Entry):
    """The data set, figures and stated settings of one network.

    ``train`` and ``test`` hold figures by the names of quantities of that part.
    """

    data: Text
    train: dict[str, float]
    test: dict[str, float]
    settings: dict[str, StatedSetting]

    @property
    def figures(self) -> dict[str, float]:
        """The figures by the keys of quantities."""
        train = {f"train.{name}": figure for name, figure in self.train.items()}
        return train | {f"test.{name}": figure for name, figure in self.test.items()}


class StatedRange(OneOf):
    """The numbers that count as reproduced: exactly one of the four."""

    within_factor: float | None = Field(default=None, gt=1)
    more_than: float | None = None
    less_than: float | None = None
    between: list[float] | None = Field(default=None, min_length=2, max_length=2)


class StatedClaim(Entry):
    """A claim that one number decides: a quantity, as ``train.epoch_s``, of two rows.

    Of one row, if a network is compared with itself. In ``words``, ``{times}`` and
    ``{pct}`` are the published ratio, also as % more. ``place`` has the study's figure;
    ``abstract_pct`` is the abstract's, in % more, if it differs. ``never`` is why the
    claim cannot be tested here whatever is run; empty, if it can.
    """

    experiment: Text
    words: Text
    networks: list[str] = Field(min_length=1, max_length=2)
    quantity: str
    scale: Literal["ratio", "points", "epochs"]
    range: StatedRange
    place: Text
    abstract_pct: float | None = None
    never: str = ""

    @model_validator(mode="after")
    def _check_words_and_networks(self) -> Self:
        try:
            self.words.format(times="", pct="")
        except (LookupError, ValueError):
            raise ValueError("words may hold {times} and {pct} alone") from None
        if len(self.networks) == 1 and self.scale != "ratio":
            raise ValueError(f"{self.scale} are of two networks")
        return self


class Call(Entry):
    """A call for further work, and what answers it here."""

    words: Text
    answer: Text


class PublishedStudy(Entry):
    """What a file of resources/published holds.

    ``name`` is how notes speak of the study, ``engine`` computes as it did, ``config``
    runs it in full, ``remarks`` are about contradictions in an experiment, and
    ``shared`` is room for YAML anchors.
    """

    title: Text
    name: Text
    tables: Text
    address: Text
    hardware: Text
    engine: Text
    config: Text
    data: dict[str, SampleCounts]
    experiments: dict[str, Text]
    remarks: dict[str, Text] = Field(default_factory=dict)
    shared: dict[str, Any] = Field(default_factory=dict)
    rows: dict[str, PublishedRow]
    claims: list[StatedClaim]
    calls: list[Call]

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        named: list[tuple[str, Iterable[str], Collection[str]]] = []
        for name, row in self.rows.items():
            named += [
                (f"rows.{name}.data", [row.data], self.data),
                (f"rows.{name}", row.figures, QUANTITIES),
            ]
        for number, claim in enumerate(self.claims):
            named += [
                (f"claims[{number}].experiment", [claim.experiment], self.experiments),
                (f"claims[{number}].networks", claim.networks, self.rows),
                (f"claims[{number}].quantity", [claim.quantity], QUANTITIES),
            ]
        problems = [
            f"{place}: {name} is not one of {', '.join(known)}"
            for place, found, known in named
            for name in found
            if name not in known
        ] or [
            f"claims[{number}].range is within_factor but {claim.quantity} is not "
            "published for two networks"
            for number, claim in enumerate(self.claims)
            if claim.range.within_factor and not self.compared(claim)
        ]
        if problems:
            raise ValueError("\n".join(problems))
        return self

    @property
    def subject(self) -> str:
        """Its name as a sentence begins with it."""
        return self.name[:1].upper() + self.name[1:]

    @property
    def source(self) -> str:
        """The study as a note cites it."""
        return f'"{self.title}", {self.tables} ({self.hardware})'

    def figures(self, row: str) -> dict[str, float]:
        """Return the figures of a row by the keys of quantities, and test.samples."""
        found = self.rows[row]
        return found.figures | {"test.samples": self.data[found.data].test}

    def compared(self, claim: StatedClaim) -> list[float]:
        """Return the figures of the two networks of a claim, none if one has none."""
        quantity = QUANTITIES[claim.quantity]
        found = [quantity.published(self.figures(row)) for row in claim.networks]
        return found if len(found) > 1 and not any(map(isnan, found)) else []


def format_setting(value: Any) -> str:
    """Return the value of a setting in words: a shape as ``1 × 28 × 28``."""
    if isinstance(value, list | tuple):
        return " × ".join(map(str, value))
    return str(value)
