"""Values checked and completed by a JSON schema.

This module knows no key. Its messages are lines that name the key path, what was
found and what is allowed.
"""

import difflib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

from spikemeter.messages import shown, shown_key
from spikemeter.strict_yaml import ConfigError

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
    "uniqueItems": "a list without repetitions",
}
# Limits of what a schema is asked about at all: comparing the entries of a list with
# each other takes the square of their number.
DEEPEST = 10
MOST_ENTRIES = 1000
MOST_FINDINGS = 20
LARGEST = 1 << 63


def completed_config(
    values: Mapping[str, Any], schema: Mapping[str, Any]
) -> dict[str, Any]:
    """Check values by a schema and fill in the defaults of what they leave out.

    Raises
    ------
    ConfigError
        Naming every key that is wrong.
    """
    messages = findings(values, schema, "the config", "; set it in config.yaml")
    if messages:
        raise ConfigError("\n".join(messages))
    full: dict[str, Any] = _completed(values, schema, schema)
    return full


def findings(
    values: Any, schema: Mapping[str, Any], whole: str, remedy: str = ""
) -> list[str]:
    """Return a line for each value that breaks a schema.

    Parameters
    ----------
    values : builtins
        As YAML or JSON give them.
    schema : mapping
        Draft 2020-12; each ``pattern`` has a ``description`` of what is allowed.
    whole : str
        What messages call the outermost block.
    remedy : str
        What to do about a key that is lacking.
    """
    unusable = list(islice(_unusable(values, (), whole), MOST_FINDINGS))
    if unusable:
        return unusable
    errors = sorted(
        Draft202012Validator(schema).iter_errors(values), key=lambda e: e.json_path
    )
    # Each of several keys that are lacking is an error with the same message.
    return list(dict.fromkeys(_message(error, whole, remedy) for error in errors))


def _unusable(value: Any, path: tuple[str | int, ...], whole: str) -> Iterator[str]:
    """Yield a line for each value that no schema can judge, with its key path."""
    place = _key_path(path) or whole
    if len(path) > DEEPEST:
        yield f"{place} lies deeper than {DEEPEST} levels; nothing lies so deep"
    elif isinstance(value, float) and not math.isfinite(value):
        yield f"{place} is {value} but must be a finite number"
    elif isinstance(value, int) and abs(value) >= LARGEST:
        yield f"{place} is {shown(value)} but must be less than 2**63 in size"
    elif isinstance(value, Mapping):
        for key, entry in value.items():
            if isinstance(key, str):
                yield from _unusable(entry, (*path, key), whole)
            else:
                yield f"{place} has the key {shown(key)} but keys are text"
    elif isinstance(value, list):
        if len(value) > MOST_ENTRIES:
            yield f"{place} has {len(value)} entries but may have {MOST_ENTRIES}"
            return
        for index, entry in enumerate(value):
            yield from _unusable(entry, (*path, index), whole)


def _message(error: ValidationError, whole: str, remedy: str) -> str:
    """Return one line for a finding of the schema check."""
    path = _key_path(error.absolute_path)
    place = path or whole
    schema: dict[str, Any] = dict(error.schema)  # type: ignore[arg-type]
    found: Any = error.instance
    if error.validator == "additionalProperties":
        return _unknown_keys(found, schema, path)
    if error.validator == "required":
        required: list[str] = schema["required"]
        absent = [key for key in required if key not in found]
        return f"{place} lacks {', '.join(absent)}{remedy}"
    if "propertyNames" in error.absolute_schema_path:
        return (
            f"{_joined(path, found)} is not a name; allowed are small "
            "letters, digits and '_', beginning with a letter"
        )
    return f"{place} is {shown(found)} but must be {_allowed(error, schema)}"


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
        return f"{_types(bound)}{_reading_hint(error.instance, bound)}"
    if rule == "pattern":
        return str(schema["description"])
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
    return f"{path}.{shown_key(key)}" if path else shown_key(key)


def nearest(found: Any, allowed: Sequence[str]) -> str:
    """Return `` (did you mean …?)`` for a near miss, else nothing."""
    # The comparison takes the product of both lengths.
    text = found[:40] if isinstance(found, str) else ""
    close = difflib.get_close_matches(text, allowed, n=1)
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


def _reading_hint(found: Any, types: str | list[str]) -> str:
    """Explain numbers that YAML reads as text, and text that it reads as a date."""
    if isinstance(found, date):
        return f" (YAML reads {found} as a date; put it in quotes)"
    if not isinstance(found, str) or "number" not in types:
        return ""
    try:
        value = float(found)
    except ValueError:
        return ""
    if not math.isfinite(value):
        return ""
    mantissa, _, exponent = f"{value:e}".partition("e")
    number = f"{float(mantissa)}e{int(exponent):+d}"
    return f" (YAML reads {found.strip()} as text; write {number})"
