"""YAML files read strictly: every error names its file and line."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from spikemeter.messages import format_value

LONGEST_SCALAR = 4096
# A config of a thousand networks has 30,000 values in four levels.
MOST_VALUES = 200_000
DEEPEST = 20


class ConfigError(ValueError):
    """A config that cannot be run; one line for each thing that is wrong."""


def read_yaml(path: Path) -> Any:
    """Read a YAML file as :func:`parse_yaml` does.

    Raises
    ------
    ConfigError
        As `parse_yaml`, and for a file that cannot be read or is no text in UTF-8.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}, line {line}: no text in UTF-8") from error
    return parse_yaml(text, str(path))


def parse_yaml(text: str, place: str) -> Any:
    """Return what YAML holds of which every block has each key once, as text.

    Refused are besides: what expands to more than ``MOST_VALUES`` values or lies
    deeper than ``DEEPEST`` levels (aliases of aliases can make a short file endless).

    Parameters
    ----------
    text : str
    place : str
        Where it stands, for messages.

    Raises
    ------
    ConfigError
        For anything of this, and for a syntax error, with place and line.
    """
    try:
        loader = _StrictLoader(text)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigError(
            f"{place}, line {line}: the character {chr(error.character)!r} is not "
            "allowed in YAML; remove it"
        ) from error
    try:
        return loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else loader.line + 1
        problem = error.problem or error.context
        raise ConfigError(f"{place}, line {line}: {problem}") from error
    except (ValueError, OverflowError) as error:  # of the scanner: "\UFFFFFFFF"
        line = loader.line + 1
        raise ConfigError(
            f"{place}, line {line}: a number or an escape that does not exist"
        ) from error


class _StrictLoader(yaml.SafeLoader):
    """YAML that is finite and shallow, and whose keys are texts that stand once.

    PyYAML takes the last of two equal keys, and gives what no scalar can be
    (``2020-13-45``) as Python's own errors without a line.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0
        self._sizes: dict[int, int] = {}  # values that a finished node expands to

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()
        self._depth += 1
        if self._depth > DEEPEST:
            raise _error(event, f"nested deeper than {DEEPEST} levels; keep it flat")
        node = super().compose_node(parent, index)
        self._depth -= 1
        if not isinstance(event, yaml.AliasEvent):
            self._sizes[id(node)] = self._size(node)
        elif id(node) not in self._sizes:
            raise _error(event, f"*{event.anchor} stands inside what it repeats")
        if self._sizes[id(node)] > MOST_VALUES:
            raise _error(event, f"expands to more than {MOST_VALUES} values")
        return node

    def _size(self, node: Any) -> int:
        if isinstance(node, yaml.MappingNode):
            _check_keys(node.value)
            return 1 + sum(
                self._sizes[id(key)] + self._sizes[id(value)]
                for key, value in node.value
            )
        if isinstance(node, yaml.SequenceNode):
            return 1 + sum(self._sizes[id(entry)] for entry in node.value)
        if len(node.value) > LONGEST_SCALAR:
            raise _error(
                node,
                f"a text of {len(node.value)} characters but at most "
                f"{LONGEST_SCALAR} are allowed",
            )
        return 1

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, LookupError, AttributeError) as error:
            kind = node.tag.rpartition(":")[2]
            raise _error(
                node,
                f"{format_value(node.value)} is no {kind}; put it in quotes if "
                "it is text",
            ) from error


def _check_keys(pairs: Sequence[tuple[yaml.Node, yaml.Node]]) -> None:
    seen: dict[str, int] = {}
    for key, _ in pairs:
        if not isinstance(key, yaml.ScalarNode):
            continue  # PyYAML refuses it: no mapping can have such a key
        if not key.tag.endswith((":str", ":merge")):
            raise _error(
                key,
                f"the key {format_value(key.value)} is read as "
                f"{key.tag.rpartition(':')[2]}; put it in quotes",
            )
        if key.value in seen:
            raise _error(
                key,
                f"the key {format_value(key.value)} stands already in line "
                f"{seen[key.value]} of the same block; keep one",
            )
        seen[key.value] = key.start_mark.line + 1


def _error(place: Any, problem: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=place.start_mark)
