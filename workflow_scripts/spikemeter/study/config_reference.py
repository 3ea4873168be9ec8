"""The JSON schema for editors and the tables of keys in docs/config.md.

Both are generated from the models: ``python -m spikemeter.study.config_reference``.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from spikemeter.files import write_text
from spikemeter.study.setting_errors import TYPES, list_types, resolve
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
    for name in ("experiments", "data", "inputs", "training", "networks"):
        block = resolve(schema, schema["properties"][name])
        path, inner = _inner(name, schema, block)
        parts.append(_table(f"`{path}`", schema, inner))
    for name in ("meter", "figures"):
        inner = resolve(schema, schema["properties"][name])
        parts.append(_table(f"`{name}`", schema, inner))
    return "\n".join(parts)


def _inner(name: str, root: Any, block: Any) -> tuple[str, Any]:
    """Return the path and the schema of what a block of the top holds."""
    branches = block.get("oneOf", block.get("anyOf", [block]))
    for branch in branches:
        for inner in branch.get("patternProperties", {}).values():
            return f"{name}.NAME", resolve(root, inner)
    if name == "data":
        widest = max(
            (resolve(root, entry) for entry in block["properties"].values()),
            key=lambda entry: len(_choices(entry["properties"]["source"])),
        )
        return f"{name}.{' or .'.join(block['properties'])}", widest
    return name, block


def _choices(schema: Mapping[str, Any]) -> list[str]:
    return [str(name) for name in schema.get("enum", [schema.get("const", "")])]


def _table(heading: str, root: Any, schema: Mapping[str, Any]) -> str:
    rows = "\n".join(_rows(root, schema))
    return (
        f"### {heading}\n\n| key | value | default | meaning |\n"
        f"|---|---|---|---|\n{rows}\n"
    )


def _rows(root: Any, schema: Mapping[str, Any]) -> Iterator[str]:
    required = schema.get("required", ())
    for name, found in schema["properties"].items():
        entry = resolve(root, found)
        default = "required" if name in required else ""
        if "default" in entry:
            default = f"`{json.dumps(entry['default'], ensure_ascii=False)}`"
        meaning = entry.get("description", "")
        meaning = meaning[:1].upper() + meaning[1:]
        cells = [f"`{name}`", _value(entry), default, meaning]
        yield "| " + " | ".join(cells) + " |"


def _value(schema: Mapping[str, Any]) -> str:
    """Return what a key may hold, in words."""
    branches = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    if branches:
        return " or ".join(dict.fromkeys(_value(branch) for branch in branches))
    if "enum" in schema or "const" in schema:
        return ", ".join(f"`{name}`" for name in _choices(schema))
    words = " or ".join(TYPES[name] for name in list_types(schema))
    bounds = [text.format(schema[k]) for k, text in BOUNDS.items() if k in schema]
    if "items" in schema:
        words += f" of {_value(schema['items'])}"
    return ", ".join([words, *bounds])


def main() -> None:
    """Write the schema and the tables."""
    text = json.dumps(editor_schema(), indent=1, ensure_ascii=False)
    write_text(SCHEMA, text + "\n")
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    write_text(PAGE, f"{before}{BEGIN}\n{key_tables()}\n{END}{after}")


if __name__ == "__main__":
    main()
