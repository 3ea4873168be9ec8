"""Published energies of hardware that did not run here: resources/chips.yaml."""

from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from spikemeter.report.resource_files import Entry, Text, read_resource
from spikemeter.resource_paths import find_resource

FILE = find_resource("chips.yaml")
PICO = 1e-12
# What spikemeter.report.energy.estimates computes with.
CONSTANTS: Mapping[str, tuple[str, ...]] = {
    "cmos45": ("add", "multiply", "cache_access"),
    "truenorth": ("event_marginal", "event_whole_chip"),
    "loihi": ("synaptic_event", "update_active", "update_inactive", "hop"),
}

Energy = Annotated[float, Field(gt=0)]


class Source(Entry):
    """A publication, and the day on which it was looked up."""

    authors: Text
    title: Text
    venue: Text
    year: int = Field(ge=1950, le=2100)
    doi: str = Field(
        pattern=r"^10\.\d{4,9}/\S+$",
        json_schema_extra={"allowed": "a DOI such as 10.1109/MM.2018.112130359"},
    )
    looked_up: str = Field(
        pattern=r"^\d{4}-\d\d-\d\d$",
        json_schema_extra={"allowed": 'a date such as "2026-11-23", in quotes'},
    )

    @property
    def text(self) -> str:
        """The source as a note cites it."""
        return (
            f"{self.authors}, {self.title}, {self.venue}, {self.year}, doi {self.doi}"
        )


class Constant(Entry):
    """What one operation costs, and how far that can be trusted.

    Attributes
    ----------
    energy_pj : float
    includes : str
        What of the hardware is in it.
    kind : str
        How it was found.
    source : str
        A name among the sources.
    first_hand : bool
        Whether the source itself was read.
    via : str or None
        The text that gives the value, if the source itself was not read.
    """

    energy_pj: Energy
    includes: Text
    kind: Literal["measured silicon", "pre-silicon simulation", "derived"]
    source: str
    first_hand: bool
    via: Text | None = None

    @model_validator(mode="after")
    def _check_via(self) -> "Constant":
        if self.first_hand == (self.via is not None):
            must = "be left out" if self.first_hand else "name the text that was read"
            raise ValueError(f"via must {must} if first_hand is {self.first_hand}")
        return self


class Chip(Entry):
    """A piece of hardware and its constants, by their names."""

    title: Text
    node_nm: Energy
    voltage_v: Energy | None
    constants: dict[str, Constant]

    def joules(self, name: str) -> float:
        """Return one of its constants in J."""
        return self.constants[name].energy_pj * PICO


class Catalogue(Entry):
    """Chips with constants, and why there are none for others."""

    sources: dict[str, Source] = Field(min_length=1)
    chips: dict[str, Chip]
    unknown: dict[str, Text]

    @model_validator(mode="after")
    def _check_names(self) -> "Catalogue":
        problems = []
        named: list[tuple[str, Mapping[str, object], Collection[str]]] = [
            ("chips", self.chips, CONSTANTS)
        ]
        for name, chip in self.chips.items():
            place = f"chips.{name}.constants"
            named.append((place, chip.constants, CONSTANTS.get(name, chip.constants)))
            problems += [
                f"{place}.{key}.source is {constant.source!r} but must be one of "
                f"sources: {', '.join(self.sources)}"
                for key, constant in chip.constants.items()
                if constant.source not in self.sources
            ]
        for place, found, known in named:
            unknown = [name for name in found if name not in known]
            problems += [f"{place}.{name} is not a key of {place}" for name in unknown]
            problems += [f"{place} lacks {name}" for name in known if name not in found]
        if problems:
            raise ValueError("\n".join(problems))
        return self


@cache
def read_catalogue(path: Path = FILE) -> Catalogue:
    """Return what a file of constants holds, checked.

    Raises
    ------
    ConfigError
        Naming the file and every key that is wrong, one line each.
    """
    return read_resource(path, Catalogue)
