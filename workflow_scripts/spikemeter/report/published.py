"""What a published study holds, as resources/published/{study}.yaml states it."""

import re
from collections.abc import Collection, Iterable, Iterator
from math import isnan
from typing import Any, Literal

from pydantic import Field, PositiveInt, field_validator, model_validator

from spikemeter.report.quantities import QUANTITIES
from spikemeter.report.resource_files import Entry, Text


class StatedSetting(Entry):
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

    @model_validator(mode="after")
    def _check_that_one_is_given(self) -> "StatedSetting":
        _check_one_of(self, "one_of", "at_least", "matches")
        return self

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


class StatedRange(Entry):
    """The numbers that count as reproduced: exactly one of the four."""

    within_factor: float | None = Field(default=None, gt=1)
    more_than: float | None = None
    less_than: float | None = None
    between: list[float] | None = Field(default=None, min_length=2, max_length=2)

    @model_validator(mode="after")
    def _check_that_one_is_given(self) -> "StatedRange":
        _check_one_of(self, "within_factor", "more_than", "less_than", "between")
        return self


class StatedClaim(Entry):
    """A claim that one number decides.

    Attributes
    ----------
    experiment : str
        The experiment of the study that it is about.
    words : str
        What the study says, in short; ``{times}`` and ``{pct}`` are the published
        ratio, also as % more.
    networks : list of str
        The two rows that are compared; one, if a network is compared with itself.
    quantity : str
        What of a run decides, as ``train.epoch_s``.
    scale : {"ratio", "points", "epochs"}
        How the networks are compared.
    range : StatedRange
        Where the number must lie.
    place : str
        Where the study has its figure.
    abstract_pct : float or None
        The abstract's figure, in % more, if it is not that of the tables.
    never : str
        Why the claim cannot be tested here whatever is run; empty, if it can.
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
    def _check_words_and_networks(self) -> "StatedClaim":
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
    def _check_names(self) -> "PublishedStudy":
        problems = list(self._problems_of_rows()) or list(self._problems_of_claims())
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def _problems_of_rows(self) -> Iterator[str]:
        for name, row in self.rows.items():
            yield from _unknown(f"rows.{name}.data", [row.data], self.data)
            keys = [f"train.{key}" for key in row.train]
            keys += [f"test.{key}" for key in row.test]
            yield from _unknown(f"rows.{name}", keys, QUANTITIES)

    def _problems_of_claims(self) -> Iterator[str]:
        for number, claim in enumerate(self.claims):
            place, named = f"claims[{number}]", [claim.experiment]
            unknown = [
                *_unknown(f"{place}.experiment", named, self.experiments),
                *_unknown(f"{place}.networks", claim.networks, self.rows),
                *_unknown(f"{place}.quantity", [claim.quantity], QUANTITIES),
            ]
            yield from unknown
            if not unknown and claim.range.within_factor and not self.compared(claim):
                yield (
                    f"{place}.range is within_factor but {claim.quantity} is not "
                    f"published for two networks"
                )

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
        return {
            **{f"train.{name}": figure for name, figure in found.train.items()},
            **{f"test.{name}": figure for name, figure in found.test.items()},
            "test.samples": self.data[found.data].test,
        }

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


def _check_one_of(entry: Entry, *names: str) -> None:
    given = [name for name in names if getattr(entry, name) is not None]
    if len(given) != 1:
        raise ValueError(f"needs exactly one of {', '.join(names)}")


def _unknown(place: str, found: Iterable[str], known: Collection[str]) -> Iterator[str]:
    for name in found:
        if name not in known:
            yield f"{place}: {name} is not one of {', '.join(known)}"
