"""Values checked and completed by a JSON schema.

This module knows no key. What it says of a value that breaks the schema is written by
`spikemeter.study.schema_messages`.
"""

import math
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from jsonschema import Draft202012Validator

from spikemeter.messages import format_value
from spikemeter.study.schema_messages import key_path, message
from spikemeter.study.strict_yaml import ConfigError

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
    return list(dict.fromkeys(message(error, whole, remedy) for error in errors))


def _unusable(value: Any, path: tuple[str | int, ...], whole: str) -> Iterator[str]:
    """Yield a line for each value that no schema can judge, with its key path."""
    place = key_path(path) or whole
    if len(path) > DEEPEST:
        yield f"{place} lies deeper than {DEEPEST} levels; nothing lies so deep"
    elif isinstance(value, float) and not math.isfinite(value):
        yield f"{place} is {value} but must be a finite number"
    elif isinstance(value, int) and abs(value) >= LARGEST:
        yield f"{place} is {format_value(value)} but must be less than 2**63 in size"
    elif isinstance(value, Mapping):
        for key, entry in value.items():
            if isinstance(key, str):
                yield from _unusable(entry, (*path, key), whole)
            else:
                yield f"{place} has the key {format_value(key)} but keys are text"
    elif isinstance(value, list):
        if len(value) > MOST_ENTRIES:
            yield f"{place} has {len(value)} entries but may have {MOST_ENTRIES}"
            return
        for index, entry in enumerate(value):
            yield from _unusable(entry, (*path, index), whole)


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
