"""What is said of a value that breaks a JSON schema.

The lines name the key path, what was found and what is allowed.
"""

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from jsonschema import ValidationError

from spikemeter.messages import format_key, format_value

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


def message(error: ValidationError, whole: str, remedy: str) -> str:
    """Return what is said of a finding of the schema check.

    ``whole`` and ``remedy`` are those of `spikemeter.study.schema.findings`.
    """
    path = key_path(error.absolute_path)
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
    return f"{place} is {format_value(found)} but must be {_allowed(error, schema)}"


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


def key_path(path: Sequence[str | int]) -> str:
    """Return ``networks.exp1_snn.beta`` or ``seeds[0]``."""
    text = ""
    for part in path:
        text = f"{text}[{part}]" if isinstance(part, int) else _joined(text, part)
    return text


def _joined(path: str, key: str) -> str:
    return f"{path}.{format_key(key)}" if path else format_key(key)


def nearest(found: Any, allowed: Sequence[str]) -> str:
    """Return `` (did you mean …?)`` for a near miss, else nothing."""
    # The comparison takes the product of both lengths.
    text = found[:40] if isinstance(found, str) else ""
    close = difflib.get_close_matches(text, allowed, n=1)
    return f" (did you mean {close[0]}?)" if close else ""
