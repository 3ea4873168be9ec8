"""Published studies that networks can be tied to: resources/published/{study}.yaml.

A network whose config says ``published: nhsjs2024/exp1_snn`` is tied to the row
``exp1_snn`` of ``nhsjs2024.yaml``. Import-light, so that Snakemake can read it while
planning.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from math import isnan, nan
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pydantic import Field, FiniteFloat, PositiveInt, field_validator, model_validator

from spikemeter.messages import format_value
from spikemeter.report.quantities import QUANTITIES, Quantity
from spikemeter.report.resource_files import Entry, Text, read_resource
from spikemeter.resource_paths import find_resource
from spikemeter.study.strict_yaml import ConfigError

if TYPE_CHECKING:
    from spikemeter.report.runs import Run

FOLDER = find_resource("published")


class StatedSetting(Entry):
    """What a study states of one setting: exactly one of the three, and its words.

    A plain value in YAML is a ``one_of`` with that value alone.
    """

    one_of: list[Any] | None = Field(default=None, min_length=1)
    at_least: FiniteFloat | None = None
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
    train: dict[str, FiniteFloat]
    test: dict[str, FiniteFloat]
    settings: dict[str, StatedSetting]


class StatedRange(Entry):
    """The numbers that count as reproduced: exactly one of the four."""

    within_factor: FiniteFloat | None = Field(default=None, gt=1)
    more_than: FiniteFloat | None = None
    less_than: FiniteFloat | None = None
    between: list[FiniteFloat] | None = Field(default=None, min_length=2, max_length=2)

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
    abstract_pct: FiniteFloat | None = None
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
            place, named = f"claims.{number}", [claim.experiment]
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


class Tie(NamedTuple):
    """A row of a published study, to which a network is tied."""

    study: PublishedStudy
    row: str

    @property
    def figures(self) -> dict[str, float]:
        """The figures of the row."""
        return self.study.figures(self.row)

    @property
    def settings(self) -> dict[str, StatedSetting]:
        """What the study states of the network's settings."""
        return self.study.rows[self.row].settings


@cache
def read_published(path: Path) -> PublishedStudy:
    """Return what a file holds, checked.

    Raises
    ------
    ConfigError
        Naming the file and every key that is wrong.
    """
    return read_resource(path, PublishedStudy)


@cache
def find_tie(published: str) -> Tie:
    """Return the row that ``study/row`` names.

    Raises
    ------
    ConfigError
        If there is no such study or row, naming those that there are.

    Examples
    --------
    >>> find_tie("nhsjs2024/exp1_snn").figures["train.epoch_s"]
    26.38
    """
    name, _, row = published.partition("/")
    studies = sorted(path.stem for path in FOLDER.glob("*.yaml"))
    if name not in studies:
        raise ConfigError(
            f"{format_value(published)} names no file of resources/published; write "
            f"STUDY/ROW with one of {', '.join(studies)} as STUDY"
        )
    study = read_published(FOLDER / f"{name}.yaml")
    if row not in study.rows:
        raise ConfigError(
            f"{format_value(published)} names no row of resources/published/"
            f"{name}.yaml; its rows are {', '.join(study.rows)}"
        )
    return Tie(study, row)


def get_tie(run: "Run") -> Tie | None:
    """Return the row to which a run's network is tied, None if it is not."""
    return find_tie(run.published) if run.published else None


def get_published_figure(quantity: Quantity, run: "Run") -> float:
    """Return the published figure of a run's network, NaN if there is none."""
    tie = get_tie(run)
    return quantity.published(tie.figures) if tie else nan


def list_tied_studies(runs: Iterable["Run"]) -> list[PublishedStudy]:
    """Return the published studies to which the networks of these runs are tied."""
    ties = filter(None, map(get_tie, runs))
    return list({tie.study.title: tie.study for tie in ties}.values())


def name_studies(runs: Iterable["Run"]) -> str:
    """Return how a sentence speaks of the studies to which runs are tied."""
    return " and ".join(study.name for study in list_tied_studies(runs))


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
