"""What a published study holds, as resources/published/{study}.yaml states it."""

import re
from collections.abc import Collection, Iterable, Iterator
from math import isnan
from typing import Any, Literal, Self

from pydantic import Field, PositiveInt, field_validator, model_validator

from spikemeter.report.quantities import QUANTITIES, TEST_ACCURACY
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


class ChosenSetting(Entry):
    """A setting that a study does not state: why it was chosen here, and by what.

    ``by`` names the published figures that chose it, as ``exp1_snn/train.memory_pct``:
    a claim about one of them would only find again what was put in.
    """

    words: Text
    by: list[str] = Field(default_factory=list)


class SampleCounts(Entry):
    """The samples of a data set for training with validation, and for the test."""

    train: PositiveInt
    test: PositiveInt


class PublishedRow(Entry):
    """The data set, figures, and stated and chosen settings of one network.

    ``train`` and ``test`` hold figures by the names of quantities of that part.
    """

    data: Text
    train: dict[str, float]
    test: dict[str, float]
    settings: dict[str, StatedSetting]
    chosen: dict[str, ChosenSetting] = Field(default_factory=dict)

    @property
    def figures(self) -> dict[str, float]:
        """The figures by the keys of quantities."""
        train = {f"train.{name}": figure for name, figure in self.train.items()}
        return train | {f"test.{name}": figure for name, figure in self.test.items()}


class StatedRange(OneOf):
    """The numbers that count as reproduced: exactly one of the five.

    ``within_factor`` is around the published ratio, ``within_sampling`` around the
    published difference of two test accuracies; see `spikemeter.report.claims.claim`.
    """

    within_factor: float | None = Field(default=None, gt=1)
    within_sampling: Literal[True] | None = None
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
        figures = [
            f"{name}/{key}" for name, row in self.rows.items() for key in row.figures
        ]
        for name, row in self.rows.items():
            named += [
                (f"rows.{name}.data", [row.data], self.data),
                (f"rows.{name}", row.figures, QUANTITIES),
            ]
            for setting, chosen in row.chosen.items():
                named.append((f"rows.{name}.chosen.{setting}.by", chosen.by, figures))
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
            f"claims[{number}].range is {kind} but {claim.quantity} is not {needed}"
            for number, claim in enumerate(self.claims)
            for kind, needed in self._lacks(claim)
        ]
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def _lacks(self, claim: StatedClaim) -> Iterator[tuple[str, str]]:
        """Yield the kind of a range and what it needs, if that is not there."""
        if claim.range.within_factor and not self.compared(claim):
            yield "within_factor", "published for two networks"
        if claim.range.within_sampling and (
            claim.quantity != TEST_ACCURACY.key or not self.compared(claim)
        ):
            yield "within_sampling", "the test accuracy of two networks"

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

    def find_fitted(self, claim: StatedClaim) -> dict[str, str]:
        """Return the settings that the figures of a claim chose, with these figures."""
        origins = QUANTITIES[claim.quantity].origins
        judged = {f"{row}/{key}" for row in claim.networks for key in origins}
        return {
            f"{name} of {row}": ", ".join(fitted)
            for row in claim.networks
            for name, chosen in self.rows[row].chosen.items()
            if (fitted := [figure for figure in chosen.by if figure in judged])
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
