"""YAML files and arguments read strictly: every error names its place and line."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from spikemeter.messages import format_value

LONGEST_SCALAR = 4096
# A config of a thousand networks has 30,000 values in four levels.
MOST_VALUES = 200_000
DEEPEST = 20
# Numbers of YAML 1.1 alone: 010 (octal), 1:20 (base 60), 0b10 and 1_000.
NOT_AS_IT_LOOKS = re.compile(r"[:_]|^[-+]?0[0-9b]")
# With it, Snakemake takes a config for a template of the package yte.
TEMPLATE_KEY = "__use_yte__"


class ConfigError(ValueError):
    """A config that cannot be run; one line for each thing that is wrong."""


def read_yaml(path: Path) -> Any:
    """Read a YAML file as :func:`parse_yaml` does.

    Raises a ConfigError for what that refuses, for a file that cannot be read or is not
    text in UTF-8, and for one that asks Snakemake to run parts of it as Python.
    """
    try:
        raw = path.read_bytes()
        values = parse_yaml(raw.decode("utf-8"), str(path))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}, line {line}: no text in UTF-8") from error
    if isinstance(values, dict) and TEMPLATE_KEY in values:
        raise ConfigError(
            f"{path} has the key {TEMPLATE_KEY}, which lets a config run code; it may "
            "hold values alone: remove it"
        )
    return values


def is_whole_study(values: Any) -> bool:
    """Tell whether a config needs no other below it: its networks all have layers."""
    networks = values.get("networks") if isinstance(values, dict) else None
    if not isinstance(networks, dict) or not networks:
        return False
    return all(isinstance(n, dict) and "layers" in n for n in networks.values())


def read_arguments(arguments: Sequence[str]) -> dict[str, Any]:
    """Return the lists and blocks that ``--config`` sets, read as config.yaml is.

    Snakemake takes every number in them for text.
    """
    parts = (argument.partition("=") for argument in arguments)
    values = {key: parse_yaml(text, f"--config {key}") for key, _, text in parts}
    return {k: value for k, value in values.items() if isinstance(value, list | dict)}


def parse_yaml(text: str, place: str) -> Any:
    """Return what YAML holds of which every block has each key once, as text.

    Also refused, by a ConfigError that names ``place`` and line, is what expands to
    more than ``MOST_VALUES`` values or lies deeper than ``DEEPEST`` levels (aliases of
    aliases can make a short file endless).
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
        mark = error.problem_mark or error.context_mark or loader
        problem = error.problem or error.context
        raise ConfigError(f"{place}, line {mark.line + 1}: {problem}") from error
    except (ValueError, OverflowError) as error:  # of the scanner: "\UFFFFFFFF"
        found = f"{place}, line {loader.line + 1}"
        problem = "a number or an escape that does not exist"
        raise ConfigError(f"{found}: {problem}") from error


class _StrictLoader(yaml.SafeLoader):
    """YAML that is finite and shallow, and whose keys are texts that stand once.

    PyYAML takes the last of two equal keys, gives what no scalar can be
    (``2020-13-45``) as Python's own errors without a line, and reads numbers that are
    not as they look (``010`` is 8, ``1:20`` is 80).
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
        node: Any = super().compose_node(parent, index)
        self._depth -= 1
        if isinstance(event, yaml.AliasEvent):
            if id(node) not in self._sizes:
                raise _error(event, f"*{event.anchor} stands inside what it repeats")
        else:
            self._sizes[id(node)] = 1 + sum(self._sizes[id(n)] for n in _inner(node))
        if self._sizes[id(node)] > MOST_VALUES:
            raise _error(event, f"expands to more than {MOST_VALUES} values")
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            value = super().construct_object(node, deep)
        except (ValueError, LookupError, AttributeError) as error:
            kind = node.tag.rpartition(":")[2]
            shown = format_value(node.value)
            problem = f"{shown} is no {kind}; put it in quotes if it is text"
            raise _error(node, problem) from error
        if type(value) in (int, float) and NOT_AS_IT_LOOKS.search(node.value):
            written, number = format_value(node.value), format_value(value)
            problem = f"{written} is read as {number}; write that, or put it in quotes"
            raise _error(node, f"{problem} if it is text")
        return value


def _inner(node: Any) -> list[yaml.Node]:
    """Return what a node holds; refuse a key that is no text or stands twice."""
    if isinstance(node, yaml.SequenceNode):
        return list(node.value)
    if isinstance(node, yaml.ScalarNode):
        if len(node.value) > LONGEST_SCALAR:
            problem = f"a text of {len(node.value)} characters but at most "
            raise _error(node, f"{problem}{LONGEST_SCALAR} are allowed")
        return []
    seen: dict[str, int] = {}
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            continue  # PyYAML refuses it: no mapping can have such a key
        shown, kind = format_value(key.value), key.tag.rpartition(":")[2]
        if kind not in ("str", "merge"):
            problem = f"the key {shown} is read as {kind}; put it in quotes"
            raise _error(key, problem)
        if key.value in seen:
            problem = f"the key {shown} stands already in line {seen[key.value]}"
            raise _error(key, f"{problem} of the same block; keep one")
        seen[key.value] = key.start_mark.line + 1
    return [part for pair in node.value for part in pair]


def _error(place: Any, problem: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=place.start_mark)
