"""YAML read strictly, then checked and completed by a JSON schema.

This module knows no config key. Its messages are lines that name the key path, what
was found and what is allowed.
"""

import difflib
import math
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, ValidationError

# What a value must be, by the keyword of the schema that it breaks.
RULES = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "greater than {}",
    "exclusiveMaximum": "less than {}",
    "minItems": "a list with at least {} entry",
    "minProperties": "a block with at least {} entry",
    "minLength": "text with at least {} character",
    "maxLength": "text with at most {} characters",
    "pattern": "text of the form {}",
    "uniqueItems": "a list without repetitions",
}


class ConfigError(ValueError):
    """A config that cannot be run; one line for each thing that is wrong."""


def read_yaml(path: Path) -> Any:
    """Read a YAML file and refuse keys that stand in it twice.

    Raises
    ------
    ConfigError
        For a duplicate key or a syntax error, with file and line, or for what is
        no text.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else "?"
        raise ConfigError(f"{path}, line {line}: {error.problem}") from error
    except (yaml.reader.ReaderError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is no text in UTF-8: {error.reason}") from error


class _StrictLoader(yaml.SafeLoader):
    """YAML of which every mapping has each key once (PyYAML takes the last)."""

    def construct_mapping(
        self, node: yaml.MappingNode, deep: bool = False
    ) -> dict[Hashable, Any]:
        seen: dict[str, int] = {}
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                continue  # refused below, since no mapping can have such a key
            if key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key {key.value!r} stands already in line "
                    f"{seen[key.value]} of the same block; keep one",
                    problem_mark=key.start_mark,
                )
            seen[key.value] = line
        return super().construct_mapping(node, deep)


def completed_config(
    values: Mapping[str, Any], schema: Mapping[str, Any]
) -> dict[str, Any]:
    """Check values by a schema and fill in the defaults of what they leave out.

    Raises
    ------
    ConfigError
        Naming every key that is wrong.
    """
    infinite = [
        f"{path} is {number} but must be a finite number"
        for path, number in _numbers(values, "")
        if not math.isfinite(number)
    ]
    if infinite:
        raise ConfigError("\n".join(infinite))
    errors = Draft202012Validator(schema).iter_errors(values)
    # Each of several keys that are lacking is an error with the same message.
    messages = dict.fromkeys(
        _message(error) for error in sorted(errors, key=lambda e: e.json_path)
    )
    if messages:
        raise ConfigError("\n".join(messages))
    full: dict[str, Any] = _completed(values, schema, schema)
    return full


def _numbers(value: Any, path: str) -> Iterator[tuple[str, float]]:
    """Yield every floating-point number with its key path."""
    if isinstance(value, float):
        yield path, value
    elif isinstance(value, Mapping):
        for key, entry in value.items():
            yield from _numbers(entry, _joined(path, str(key)))
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            yield from _numbers(entry, f"{path}[{index}]")


def _message(error: ValidationError) -> str:
    """Return one line for a finding of the schema check."""
    path = _key_path(error.absolute_path)
    place = path or "the config"
    schema: dict[str, Any] = dict(error.schema)  # type: ignore[arg-type]
    found: Any = error.instance
    if error.validator == "additionalProperties":
        return _unknown_keys(found, schema, path)
    if error.validator == "required":
        required: list[str] = schema["required"]
        absent = [key for key in required if key not in found]
        return f"{place} lacks {', '.join(absent)}; set it in config.yaml"
    if "propertyNames" in error.absolute_schema_path:
        return (
            f"{_joined(path, str(found))} is not a name; allowed are small "
            "letters, digits and '_', beginning with a letter"
        )
    return f"{place} is {found!r} but must be {_allowed(error, schema)}"


def _unknown_keys(found: Iterable[str], schema: Mapping[str, Any], path: str) -> str:
    """Return a line for each key that the schema does not have."""
    known = list(schema["properties"])
    return "\n".join(
        f"{_joined(path, key)} is not a setting{nearest(key, known)}; "
        f"allowed {f'in {path}' if path else 'at the top'}: {', '.join(known)}"
        for key in found
        if key not in known
    )


def _allowed(error: ValidationError, schema: Mapping[str, Any]) -> str:
    """Return what a value must be, in words."""
    rule = str(error.validator)
    bound = schema[rule]
    if rule == "enum":
        allowed = [str(value) for value in bound]
        return f"one of {', '.join(allowed)}{nearest(error.instance, allowed)}"
    if rule == "type":
        return f"{_types(bound)}{_number_hint(error.instance, bound)}"
    return RULES[rule].format(bound)


def _completed(value: Any, schema: Any, root: Any) -> Any:
    """Return ``value`` with the defaults of the schema filled in, at every depth."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _completed(value, root["$defs"][name], root)
    if isinstance(value, list):
        return [_completed(entry, schema["items"], root) for entry in value]
    if not isinstance(value, Mapping):
        # JSON schema counts 5.0 among the integers.
        whole = isinstance(value, float) and "integer" in schema.get("type", "")
        return int(value) if whole else value
    properties = schema.get("properties", {})
    defaults = {key: p["default"] for key, p in properties.items() if "default" in p}
    parts = {**dict.fromkeys(value, schema.get("additionalProperties")), **properties}
    return {
        key: _completed(entry, parts[key], root)
        for key, entry in {**defaults, **value}.items()
    }


def _key_path(path: Sequence[str | int]) -> str:
    """Return ``networks.exp1_snn.beta`` or ``seeds[0]``."""
    text = ""
    for part in path:
        text = f"{text}[{part}]" if isinstance(part, int) else _joined(text, part)
    return text


def _joined(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def nearest(found: Any, allowed: Sequence[str]) -> str:
    """Return `` (did you mean …?)`` for a near miss, else nothing."""
    close = difflib.get_close_matches(str(found), allowed, n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def _types(types: str | list[str]) -> str:
    names = {
        "integer": "a whole number",
        "number": "a number",
        "string": "text",
        "boolean": "true or false",
        "array": "a list",
        "object": "a block of settings",
        "null": "null",
    }
    return " or ".join(names[t] for t in ([types] if isinstance(types, str) else types))


def _number_hint(found: Any, types: str | list[str]) -> str:
    """Explain numbers that YAML reads as text."""
    if not isinstance(found, str) or "number" not in types:
        return ""
    try:
        value = float(found)
    except ValueError:
        return ""
    if not math.isfinite(value):
        return ""
    mantissa, _, exponent = f"{value:e}".partition("e")
    return f" (YAML reads {found} as text; write {float(mantissa)}e{int(exponent):+d})"
