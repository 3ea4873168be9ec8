"""The JSON schema for editors and the tables of keys in docs/config.md.

Both are generated from the models: ``python -m spikemeter.study.config_reference``.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from spikemeter.files import write_text
from spikemeter.study.setting_errors import (
    TYPES,
    Schema,
    find_branches,
    list_choices,
    list_types,
)
from spikemeter.study.settings import Settings

ROOT = Path(__file__).parents[3]
SCHEMA = ROOT / "config/config.schema.json"
PAGE = ROOT / "docs/config.md"
BEGIN, END = "<!-- keys: begin -->\n", "<!-- keys: end -->\n"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
BOUNDS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "greater than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
    "maxLength": "at most {} characters",
}


def editor_schema() -> dict[str, Any]:
    """Return the JSON schema of a config, for editors."""
    schema = _without_titles(Settings.model_json_schema())
    return {"$schema": DIALECT, "title": "A config of spikemeter", **schema}


def _without_titles(value: Any) -> Any:
    """Return a schema without the titles and the words that pydantic does not need."""
    if isinstance(value, list):
        return [_without_titles(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    # Keys that may be left out have None for a default, which no file may hold.
    unset = value.get("default", 0) is None and "null" not in json.dumps(
        value.get("anyOf", [])
    )
    words = ("title", "allowed")  # `title` may be the name of a key, too
    dropped = {key for key in words if isinstance(value.get(key), str)}
    dropped |= {"default"} if unset else set()
    return {k: _without_titles(v) for k, v in value.items() if k not in dropped}


def key_tables() -> str:
    """Return a Markdown table for each block of a config, with all its keys."""
    schema = editor_schema()
    parts = [_table("At the top", schema, schema)]
    for name, block in schema["properties"].items():
        for path, inner in _find_block(name, schema, block):
            parts.append(_table(f"`{path}`", schema, inner))
    return "\n".join(parts)


def _find_block(name: str, root: Schema, block: Schema) -> Iterator[tuple[str, Schema]]:
    """Yield the path and the schema of the keys that a block of the top holds."""
    for branch in find_branches(root, block):
        keys = branch.get("properties", {})
        for inner in branch.get("patternProperties", {}).values():
            yield from ((f"{name}.NAME", one) for one in find_branches(root, inner))
        if name == "data":  # the data set with the most sources stands for all
            sets = [one for key in keys.values() for one in find_branches(root, key)]
            yield (
                f"{name}.{' or .'.join(keys)}",
                max(sets, key=lambda s: len(list_choices(s["properties"]["source"]))),
            )
        elif keys:
            yield name, branch


def _table(heading: str, root: Schema, schema: Schema) -> str:
    rows = []
    for name, entry in schema["properties"].items():
        default = "required" if name in schema.get("required", ()) else ""
        if "default" in entry:
            default = f"`{json.dumps(entry['default'], ensure_ascii=False)}`"
        meaning = entry.get("description", "")
        meaning = meaning[:1].upper() + meaning[1:]
        cells = f"`{name}`", _value(root, entry), default, meaning
        rows.append(f"| {' | '.join(cells)} |\n")
    return (
        f"### {heading}\n\n| key | value | default | meaning |\n"
        f"|---|---|---|---|\n{''.join(rows)}"
    )


def _value(root: Schema, schema: Schema) -> str:
    """Return what a key may hold, in words."""
    values = []
    for branch in find_branches(root, schema):
        words = " or ".join(TYPES[name] for name in list_types(branch))
        bounds = [text.format(branch[k]) for k, text in BOUNDS.items() if k in branch]
        if "items" in branch:
            words += f" of {_value(root, branch['items'])}"
        names = [f"`{name}`" for name in list_choices(branch)]
        values.append(", ".join(names or [words, *bounds]))
    return " or ".join(dict.fromkeys(values))


def main() -> None:
    """Write the schema and the tables."""
    text = json.dumps(editor_schema(), indent=1, ensure_ascii=False)
    write_text(SCHEMA, text + "\n")
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    write_text(PAGE, f"{before}{BEGIN}\n{key_tables()}\n{END}{after}")


if __name__ == "__main__":
    main()
