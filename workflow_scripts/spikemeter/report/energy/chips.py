"""Published energies of hardware that did not run here: resources/chips.yaml."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from spikemeter.messages import format_value
from spikemeter.resource_files import find_resource
from spikemeter.study.schema import findings
from spikemeter.study.strict_yaml import ConfigError, read_yaml

ROOT = Path(__file__).parents[4]
FILE = find_resource("chips.yaml")
SCHEMA = ROOT / "schemas" / "chips.schema.yaml"
PICO = 1e-12


@dataclass(frozen=True)
class Constant:
    """What one operation costs, and how far that can be trusted.

    Attributes
    ----------
    energy_pj : float
    includes : str
        What of the hardware is in it.
    kind : str
        ``measured silicon``, ``pre-silicon simulation`` or ``derived``.
    source : str
        Authors, title, venue, year and DOI.
    via : str or None
        The text that gives the value, where the source itself was not read.
    """

    energy_pj: float
    includes: str
    kind: str
    source: str
    via: str | None


@dataclass(frozen=True)
class Chip:
    """A piece of hardware and its constants, by their names."""

    title: str
    node_nm: float
    voltage_v: float | None
    constants: Mapping[str, Constant]

    def joules(self, name: str) -> float:
        """Return one of its constants in J."""
        return self.constants[name].energy_pj * PICO


@dataclass(frozen=True)
class Catalogue:
    """Chips with constants, and why there are none of others."""

    chips: Mapping[str, Chip]
    unknown: Mapping[str, str]


@cache
def published() -> Catalogue:
    """Return what resources/chips.yaml holds."""
    return read_chips(FILE)


def read_chips(path: Path) -> Catalogue:
    """Read and check a file of constants.

    Raises
    ------
    ConfigError
        Naming the file and every key that is wrong.
    """
    content = read_yaml(path)
    problems = findings(content, read_yaml(SCHEMA), "the file") or _unsourced(content)
    if problems:
        raise ConfigError("\n".join(f"{path}: {problem}" for problem in problems))
    sources = {name: _source(found) for name, found in content["sources"].items()}
    chips = {name: _chip(found, sources) for name, found in content["chips"].items()}
    return Catalogue(chips, content["unknown"])


def _unsourced(content: Mapping[str, Any]) -> list[str]:
    return [
        problem
        for name, chip in content["chips"].items()
        for key, constant in chip["constants"].items()
        for problem in _constant_problems(
            f"chips.{name}.constants.{key}", constant, content["sources"]
        )
    ]


def _constant_problems(
    place: str, constant: Mapping[str, Any], sources: Mapping[str, Any]
) -> Iterator[str]:
    if constant["source"] not in sources:
        yield (
            f"{place}.source is {format_value(constant['source'])} but must be one of "
            f"sources: {', '.join(sources)}"
        )
    if constant["first_hand"] == ("via" in constant):
        must = "not stand" if constant["first_hand"] else "name the text that was read"
        yield f"{place}.via must {must} where first_hand is {constant['first_hand']}"


def _source(found: Mapping[str, Any]) -> str:
    return "{authors}, {title}, {venue}, {year}, doi {doi}".format_map(found)


def _chip(found: Mapping[str, Any], sources: Mapping[str, str]) -> Chip:
    constants = {
        name: Constant(
            energy_pj=constant["energy_pj"],
            includes=constant["includes"],
            kind=constant["kind"],
            source=sources[constant["source"]],
            via=constant.get("via"),
        )
        for name, constant in found["constants"].items()
    }
    return Chip(found["title"], found["node_nm"], found["voltage_v"], constants)
