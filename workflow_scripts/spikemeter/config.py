"""The config: read, checked, completed, and turned into settings.

This is the only module that knows config keys. Every error is one line that names
the key, what was found and what is allowed.
"""

import difflib
import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, ValidationError

from spikemeter.networks.notation import parse_layers
from spikemeter.settings import InputSettings, NetworkSettings

# Classes of every data set of the study.
CLASSES = 10
CHANNELS = {"mnist": 1, "cifar10": 3, "nmnist": 2}
EVENT_SHAPE = (2, 34, 34)
IMAGE_KEYS = ("size",)
EVENT_KEYS = ("denoise_us", "window_us", "steps")
ENCODINGS = {"images": ("rate", "latency", "direct"), "events": ("direct", "delta")}
# What only a spiking network has; the first two have no default in `training`.
SPIKING_KEYS = (
    *("steps", "encoding"),
    *("beta", "threshold", "reset", "surrogate", "engine"),
)


class ConfigError(ValueError):
    """A config that cannot be run; one line for each thing that is wrong."""


@dataclass(frozen=True)
class Source:
    """Where the raw files of a data set come from."""

    source: str
    directory: str | None
    mirrors: tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """One network of the study: how it is shown, and how it is trained."""

    experiment: int
    label: str
    compare_to: str | None
    settings: NetworkSettings


@dataclass(frozen=True)
class Config:
    """The whole study, checked. Mappings are in the order of the config.

    ``machine`` holds where and how jobs compute and meter: ``device``,
    ``cpu_threads`` and what stands under ``meter``.
    """

    seeds: tuple[int, ...]
    machine: dict[str, Any]
    data: dict[str, Source]
    inputs: dict[str, InputSettings]
    networks: dict[str, Entry]
    dpi: int


def checked(values: Mapping[str, Any], schema: Mapping[str, Any]) -> Config:
    """Check a config, fill in what it leaves out, and return the study.

    Parameters
    ----------
    values : mapping
        The config as Snakemake merged it.
    schema : mapping
        schemas/config.schema.yaml.

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
    validator = Draft202012Validator(schema)
    errors = sorted(validator.iter_errors(values), key=lambda error: error.json_path)
    if errors:
        # Each of several keys that are lacking is an error with the same message.
        messages = dict.fromkeys(_schema_message(e, validator) for e in errors)
        raise ConfigError("\n".join(messages))
    full = _completed(values, schema, schema)
    problems = list(_cross_checks(full))
    if problems:
        raise ConfigError("\n".join(problems))
    return _study(full)


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


# --- Schema: messages and defaults ---------------------------------------------------


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


def _schema_message(error: ValidationError, validator: Draft202012Validator) -> str:
    """Return one line for a finding of the schema check."""
    path = _key_path(error.absolute_path)
    place = path or "the config"
    if error.validator == "additionalProperties":
        known = list(error.schema["properties"])
        unknown = [key for key in error.instance if key not in known]
        return "\n".join(
            f"{_joined(path, key)} is not a setting{_nearest(key, known)}; "
            f"allowed {_in(path)}: {', '.join(known)}"
            for key in unknown
        )
    if error.validator == "required":
        absent = [key for key in error.validator_value if key not in error.instance]
        return f"{place} lacks {', '.join(absent)}; set it in config.yaml"
    if "propertyNames" in error.absolute_schema_path:
        return (
            f"{_joined(path, str(error.instance))} is not a name; allowed are small "
            "letters, digits and '_', beginning with a letter"
        )
    found = f"{place} is {error.instance!r} but must be "
    if error.validator == "enum":
        allowed = [str(value) for value in error.validator_value]
        return found + f"one of {', '.join(allowed)}{_nearest(error.instance, allowed)}"
    if error.validator == "type":
        return found + f"{_types(error.validator_value)}{_number_hint(error)}"
    rules = {
        "minimum": "at least",
        "maximum": "at most",
        "exclusiveMinimum": "greater than",
        "exclusiveMaximum": "less than",
        "minItems": "a list of at least (length)",
        "minProperties": "a block with entries, at least",
        "minLength": "text of a length of at least",
        "maxLength": "text of a length of at most",
        "pattern": "text of the form",
    }
    if error.validator == "uniqueItems":
        return found + "a list without repetitions"
    return found + f"{rules[str(error.validator)]} {error.validator_value}"


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


def _in(path: str) -> str:
    return f"in {path}" if path else "at the top"


def _nearest(found: Any, allowed: Sequence[str]) -> str:
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


def _number_hint(error: ValidationError) -> str:
    """Explain numbers that YAML reads as text."""
    if not isinstance(error.instance, str) or "number" not in error.validator_value:
        return ""
    try:
        value = float(error.instance)
    except ValueError:
        return ""
    if not math.isfinite(value):
        return ""
    mantissa, _, exponent = f"{value:e}".partition("e")
    return (
        f" (YAML reads {error.instance} as text; write "
        f"{float(mantissa)}e{int(exponent):+d})"
    )


# --- Cross checks --------------------------------------------------------------------


def _cross_checks(full: Mapping[str, Any]) -> Iterator[str]:
    for name, source in full["data"].items():
        yield from _check_source(f"data.{name}", source)
    for name, entry in full["inputs"].items():
        yield from _check_input(name, entry)
    enabled = {n: e for n, e in full["networks"].items() if e["enabled"]}
    if not enabled:
        yield "networks has no entry with enabled: true; enable one"
    for name, entry in enabled.items():
        yield from _check_network(name, entry, full["inputs"])
        yield from _check_comparison(name, entry["compare_to"], list(enabled))


def _check_source(path: str, source: Mapping[str, Any]) -> Iterator[str]:
    if source["source"] == "directory" and not source["directory"]:
        yield (
            f"{path}.directory is null but must be a folder for source: directory; "
            "set it in config.yaml"
        )
    if source["directory"] and source["source"] != "directory":
        yield (
            f"{path}.directory is {source['directory']!r} but source is "
            f"{source['source']}; set {path}.source: directory or remove the folder"
        )
    if source["mirrors"] and source["source"] != "official":
        yield (
            f"{path}.mirrors is set but source is {source['source']}; mirrors serve "
            "source: official"
        )


def _check_input(name: str, entry: Mapping[str, Any]) -> Iterator[str]:
    events = entry["dataset"] == "nmnist"
    needed, senseless = (EVENT_KEYS, IMAGE_KEYS) if events else (IMAGE_KEYS, EVENT_KEYS)
    kind = "event recordings" if events else "images"
    for key in needed:
        if key not in entry:
            yield f"inputs.{name} lacks {key}, which {kind} need; set it in config.yaml"
    for key in senseless:
        if key in entry:
            yield (
                f"inputs.{name}.{key} is {entry[key]!r} but {entry['dataset']} holds "
                f"{kind}, which have no {key}; remove it"
            )


def _check_network(
    name: str, entry: Mapping[str, Any], inputs: Mapping[str, Any]
) -> Iterator[str]:
    path = f"networks.{name}"
    if entry["input"] not in inputs:
        near = _nearest(entry["input"], list(inputs))
        yield (
            f"{path}.input is {entry['input']!r} but must be one of "
            f"{', '.join(inputs)}{near}"
        )
        return
    source = inputs[entry["input"]]
    events = source["dataset"] == "nmnist"
    if entry["neuron"] == "lif":
        yield from _check_spiking(path, entry, events)
    else:
        yield from _check_plain(path, entry)
    if not events and "size" not in source:
        return  # reported with the input
    try:
        stages = parse_layers(entry["layers"], _shape(source), entry["padding"])
    except ValueError as error:
        yield f"{path}.layers: {error}"
        return
    classes = stages[-1].neurons
    if classes != CLASSES:
        yield (
            f"{path}.layers ends with {classes} outputs but {source['dataset']} has "
            f"{CLASSES} classes; end with -{CLASSES}"
        )


def _check_spiking(path: str, entry: Mapping[str, Any], events: bool) -> Iterator[str]:
    if events and "steps" in entry:
        yield (
            f"{path}.steps is {entry['steps']} but event recordings bring their steps; "
            f"set inputs.{entry['input']}.steps instead"
        )
    if not events and "steps" not in entry:
        yield f"{path} lacks steps, the time steps of a spiking network; set it"
    allowed = ENCODINGS["events" if events else "images"]
    if "encoding" not in entry:
        yield f"{path} lacks encoding; set it to one of {', '.join(allowed)}"
    elif entry["encoding"] not in allowed:
        yield (
            f"{path}.encoding is {entry['encoding']!r} but must be one of "
            f"{', '.join(allowed)} for {'events' if events else 'images'}"
            + _why_not(entry["encoding"])
        )


def _why_not(encoding: str) -> str:
    if encoding == "delta":
        return " (delta modulation needs an input that changes in time)"
    return " (recordings are spikes already)"


def _check_plain(path: str, entry: Mapping[str, Any]) -> Iterator[str]:
    for key in SPIKING_KEYS:
        if key in entry:
            yield (
                f"{path}.{key} is {entry[key]!r} but a relu network has no {key}; "
                "remove it or set neuron: lif"
            )
    if entry.get("loss") == "mse_count":
        yield (
            f"{path}.loss is 'mse_count' but a relu network has no spikes to count; "
            "use cross_entropy"
        )


def _check_comparison(name: str, other: str | None, names: list[str]) -> Iterator[str]:
    allowed = [candidate for candidate in names if candidate != name]
    if other is not None and other not in allowed:
        yield (
            f"networks.{name}.compare_to is {other!r} but must be null or another "
            f"enabled network: {', '.join(allowed)}{_nearest(other, allowed)}"
        )


# --- The study -----------------------------------------------------------------------


def _shape(entry: Mapping[str, Any]) -> tuple[int, int, int]:
    """Return (channels, height, width) of an input's images or frames."""
    if entry["dataset"] == "nmnist":
        return EVENT_SHAPE
    return (CHANNELS[entry["dataset"]], entry["size"], entry["size"])


def _study(full: Mapping[str, Any]) -> Config:
    return Config(
        seeds=tuple(full["seeds"]),
        machine={
            "device": full["device"],
            "cpu_threads": full["cpu_threads"],
            **full["meter"],
        },
        data={
            name: Source(s["source"], s["directory"], tuple(s["mirrors"]))
            for name, s in full["data"].items()
        },
        inputs={name: InputSettings(**entry) for name, entry in full["inputs"].items()},
        networks={
            name: Entry(
                entry["experiment"],
                entry["label"],
                entry["compare_to"],
                _network(entry, full),
            )
            for name, entry in full["networks"].items()
            if entry["enabled"]
        },
        dpi=full["figures"]["dpi"],
    )


def _network(entry: Mapping[str, Any], full: Mapping[str, Any]) -> NetworkSettings:
    source = full["inputs"][entry["input"]]
    spiking = entry["neuron"] == "lif"
    shown = ("enabled", "experiment", "label", "compare_to")
    defaults = {"loss": "mse_count" if spiking else "cross_entropy"}
    if spiking and "steps" in source:
        defaults["steps"] = source["steps"]
    training = {
        key: value
        for key, value in full["training"].items()
        if spiking or key not in SPIKING_KEYS
    }
    own = {key: value for key, value in entry.items() if key not in shown}
    return NetworkSettings(
        **{**defaults, **training, **own, "input_shape": _shape(source)}
    )
