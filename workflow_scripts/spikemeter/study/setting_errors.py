"""One line for each value that a settings model refuses.

A line names the key path, what was found and what is allowed. What is allowed is
read from the JSON schema of the model, so that it is stated once.
"""

import difflib
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from itertools import islice
from typing import Any

from pydantic import BaseModel, ValidationError

from spikemeter.messages import format_key, format_value

CONFIG = "the config"
# Limits of what a model is asked about at all.
DEEPEST = 10
MOST_ENTRIES = 1000
MOST_LINES = 20
LARGEST = 1 << 63

Path = tuple[str | int, ...]
Schema = Mapping[str, Any]

# What a value must be, by the type of pydantic's error.
BOUNDS = {
    "greater_than_equal": "at least {}",
    "less_than_equal": "at most {}",
    "greater_than": "greater than {}",
    "less_than": "less than {}",
    "string_too_long": "text with at most {} characters",
    "string_too_short": "text with at least {} character",
}
TYPES = {
    "integer": "a whole number",
    "number": "a number",
    "string": "text",
    "boolean": "true or false",
    "array": "a list",
    "object": "a block of settings",
    "null": "null",
}
# pydantic's last part of the path of a key that is refused itself.
KEY = "[key]"
PATTERNS = "patternProperties"


def read_settings(
    values: Any, model: type[BaseModel], whole: str = CONFIG, prefix: Path = ()
) -> tuple[Any, list[str]]:
    """Return the settings that values hold, and a line for each that is refused.

    Values are builtins as YAML or JSON give them; ``whole`` is what messages call the
    outermost block, ``prefix`` its key path in the config. The settings are None if
    anything is refused. Models are to be strict, so that text is no number.
    """
    unusable = list(islice(_find_unusable(values, prefix, whole), MOST_LINES))
    if unusable:
        return None, unusable
    try:
        return model.model_validate(values), []
    except ValidationError as error:
        schema = model.model_json_schema()
        lines = _describe(error.errors(include_url=False), schema, whole, prefix)
        return None, list(dict.fromkeys(lines))


def _find_unusable(value: Any, path: Path, whole: str) -> Iterator[str]:
    """Yield a line for each value that no model is asked about, with its key path."""
    place = key_path(path) or whole
    if len(path) > DEEPEST:
        yield f"{place} lies deeper than {DEEPEST} levels; nothing lies so deep"
    elif isinstance(value, float) and not math.isfinite(value):
        yield f"{place} is {value} but must be a finite number"
    elif isinstance(value, int) and abs(value) >= LARGEST:
        yield f"{place} is {format_value(value)} but must be less than 2**63 in size"
    elif isinstance(value, tuple | set):  # YAML has a tag for sets
        yield f"{place} is {format_value(value)} but must be a list"
    elif isinstance(value, Mapping):
        for key, entry in value.items():
            if isinstance(key, str):
                yield from _find_unusable(entry, (*path, key), whole)
            else:
                yield f"{place} has the key {format_value(key)} but keys are text"
    elif isinstance(value, list):
        if len(value) > MOST_ENTRIES:
            yield f"{place} has {len(value)} entries but may have {MOST_ENTRIES}"
            return
        for index, entry in enumerate(value):
            yield from _find_unusable(entry, (*path, index), whole)


def _describe(
    details: Sequence[Any], schema: Schema, whole: str, prefix: Path
) -> Iterator[str]:
    """Yield the lines of an error; keys that a block lacks share one."""
    # Parts like <block> mark the branches of a union.
    paths = [
        tuple(part for part in detail["loc"] if not str(part).startswith("<"))
        for detail in details
    ]
    missing: dict[Path, list[str]] = {}
    for detail, path in zip(details, paths, strict=True):
        if detail["type"] == "missing":
            missing.setdefault(path[:-1], []).append(str(path[-1]))
    for detail, path in zip(details, paths, strict=True):
        kind = detail["type"]
        place = key_path((*prefix, *path)) or whole
        block = key_path((*prefix, *path[:-1]))
        if kind == "missing":
            keys = ", ".join(missing[path[:-1]])
            remedy = "; set it in config.yaml" if whole == CONFIG else ""
            yield f"{block or whole} lacks {keys}{remedy}"
        elif kind == "extra_forbidden":
            branches = _find_branches_at(schema, path[:-1])
            known = [name for one in branches for name in one.get("properties", ())]
            yield (
                f"{place} is not a setting{nearest(path[-1], known)}; allowed "
                f"{f'in {block}' if block else 'at the top'}: {', '.join(known)}"
            )
        elif kind == "value_error":
            lines = str(detail["ctx"]["error"]).splitlines()
            yield from (f"{place}: {line}" if path else line for line in lines)
        elif path[-1:] == (KEY,):
            branches = _find_branches_at(schema, path[:-2])
            patterns = [p for one in branches for p in one.get(PATTERNS, ())]
            digit = " or a digit" if "[a-z0-9][" in "".join(patterns) else ""
            yield (
                f"{block} is not a name; allowed are small letters, digits and '_', "
                f"beginning with a letter{digit}"
            )
        else:
            allowed = _allowed(detail, _find_branches_at(schema, path))
            yield f"{place} is {format_value(detail['input'])} but must be {allowed}"


def _allowed(detail: Any, branches: Sequence[Schema]) -> str:
    """Return what a value must be, in words."""
    kind, found, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "rule":
        return str(detail["msg"])
    if kind in BOUNDS:
        (bound,) = context.values()
        # A bound may be a float where an integer was written.
        exact = isinstance(bound, float) and bound.is_integer()
        return BOUNDS[kind].format(int(bound) if exact else bound)
    if kind == "too_short":
        what = "a list" if isinstance(found, list) else "a block"
        return f"{what} with at least {context['min_length']} entry"
    if kind in ("string_pattern_mismatch", "string_unicode"):
        words = [branch["allowed"] for branch in branches if "allowed" in branch]
        if words:  # the words of models for a pattern
            return str(words[0])
    names = [name for branch in branches for name in list_choices(branch)]
    if names:
        return f"one of {', '.join(names)}{nearest(found, names)}"
    types = dict.fromkeys(t for branch in branches for t in list_types(branch))
    return " or ".join(TYPES[name] for name in types) + _reading_hint(found, types)


def list_choices(branch: Schema) -> list[str]:
    """Return the values that a JSON schema without branches lists."""
    single = [branch["const"]] if "const" in branch else []
    return [str(name) for name in branch.get("enum", single)]


def list_types(branch: Schema) -> list[str]:
    """Return the types that a JSON schema without branches allows."""
    types = branch.get("type", "object")
    return [types] if isinstance(types, str) else list(types)


def find_branches(root: Schema, schema: Schema) -> Iterator[Schema]:
    """Yield the alternatives of a part of a JSON schema, references resolved."""
    name = schema.get("$ref", "").rpartition("/")[2]
    found = {**(root["$defs"][name] if name else {}), **schema}
    common = {k: v for k, v in found.items() if k not in ("$ref", "anyOf", "oneOf")}
    branches = [*found.get("anyOf", ()), *found.get("oneOf", ())]
    if not branches:
        yield common
    for branch in branches:
        yield from ({**common, **one} for one in find_branches(root, branch))


def _find_branches_at(root: Schema, path: Path) -> list[Schema]:
    """Return the alternatives of what a JSON schema says of a key path."""
    found = list(find_branches(root, root))
    for part in path:
        outer, found = found, []
        for branch in outer:
            others = [*branch.get(PATTERNS, {}).values()]
            others.append(branch.get("additionalProperties"))
            inner = branch.get("properties", {}).get(part, others[0])
            inner = branch.get("items") if isinstance(part, int) else inner
            found += find_branches(root, inner) if isinstance(inner, Mapping) else ()
    return found


def _reading_hint(found: Any, types: Collection[str]) -> str:
    """Explain numbers that YAML reads as text, and text that it reads as a date."""
    if isinstance(found, date):
        return f" (YAML reads {found} as a date; put it in quotes)"
    if isinstance(found, str) and "number" in types:
        with suppress(ValueError):  # no number, or one without an exponent: inf, nan
            mantissa, _, exponent = f"{float(found):e}".partition("e")
            number = f"{float(mantissa)}e{int(exponent):+d}"
            return f" (YAML reads {found.strip()} as text; write {number})"
    return ""


def key_path(path: Sequence[str | int]) -> str:
    """Return ``networks.exp1_snn.beta`` or ``seeds[0]``."""
    parts = (f"[{p}]" if isinstance(p, int) else f".{format_key(p)}" for p in path)
    return "".join(parts).removeprefix(".")


def refuse_name(place: str, found: Any, allowed: Sequence[str]) -> str:
    """Return the line about a name that is none of those allowed."""
    return (
        f"{place} is {found!r} but must be one of {', '.join(allowed)}"
        f"{nearest(found, allowed)}"
    )


def nearest(found: Any, allowed: Sequence[str]) -> str:
    """Return `` (did you mean …?)`` for a near miss, else nothing."""
    # The comparison takes the product of both lengths.
    text = found[:40] if isinstance(found, str) else ""
    close = difflib.get_close_matches(text, allowed, n=1)
    return f" (did you mean {close[0]}?)" if close else ""
