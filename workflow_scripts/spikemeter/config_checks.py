"""How the settings of a config must fit together, beyond what its schema tells."""

from collections.abc import Iterator, Mapping
from typing import Any

from spikemeter.data.addresses import refusal
from spikemeter.engines.names import misfit
from spikemeter.networks.notation import parse_layers
from spikemeter.schema import nearest

# Classes of every data set of the study.
CLASSES = 10
CHANNELS = {"mnist": 1, "cifar10": 3, "nmnist": 2}
EVENT_SHAPE = (2, 34, 34)
IMAGE_KEYS = ("size",)
EVENT_KEYS = ("denoise_us", "window_us", "steps")
ENCODINGS = {"images": ("rate", "latency", "direct"), "events": ("direct", "delta")}
# With fewer steps, 20 % of them is less than one spike.
FEWEST_STEPS = 5
# What only a spiking network has; the first two have no default in `training`.
SPIKING_KEYS = (
    *("steps", "encoding"),
    *("beta", "threshold", "reset", "surrogate", "engine"),
)


def cross_checks(full: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each thing in a completed config that fits no other.

    Parameters
    ----------
    full : mapping
        What `spikemeter.schema.completed_config` gives.
    """
    for name, source in full["data"].items():
        yield from _check_source(f"data.{name}", source)
    for name, entry in full["inputs"].items():
        yield from _check_input(name, entry)
    enabled = {n: e for n, e in full["networks"].items() if e["enabled"]}
    if not enabled:
        yield "networks has no entry with enabled: true; enable one"
    yield from _check_labels(enabled)
    yield from _check_engines(full, enabled)
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
    yield from _check_mirrors(path, source)


def _check_mirrors(path: str, source: Mapping[str, Any]) -> Iterator[str]:
    mirrors, allow_http = source["mirrors"], source["allow_http"]
    problems = [refusal(mirror, allow_http) for mirror in mirrors]
    yield from (
        f"{path}.mirrors[{index}] {problem}"
        for index, problem in enumerate(problems)
        if problem
    )
    if mirrors and source["source"] != "official" and not any(problems):
        yield (
            f"{path}.mirrors is set but source is {source['source']}; mirrors serve "
            "source: official"
        )
    if allow_http and not any(mirror.startswith("http:") for mirror in mirrors):
        yield f"{path}.allow_http is true but no mirror is http; remove it"


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
        near = nearest(entry["input"], list(inputs))
        yield (
            f"{path}.input is {entry['input']!r} but must be one of "
            f"{', '.join(inputs)}{near}"
        )
        return
    source = inputs[entry["input"]]
    events = source["dataset"] == "nmnist"
    if entry["neuron"] == "lif":
        yield from _check_spiking(path, entry, events)
        yield from _check_steps(path, entry, source.get("steps", entry.get("steps")))
    else:
        yield from _check_plain(path, entry)
    if not events and "size" not in source:
        return  # reported with the input
    try:
        stages = parse_layers(entry["layers"], input_shape(source), entry["padding"])
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


def _check_steps(
    path: str, entry: Mapping[str, Any], steps: int | None
) -> Iterator[str]:
    if steps is None or entry.get("loss", "mse_count") != "mse_count":
        return
    if steps < FEWEST_STEPS:
        yield (
            f"{path} has {steps} steps but must have at least {FEWEST_STEPS} for the "
            "loss mse_count, which asks for spikes in 20 % and 80 % of them; raise "
            "steps or set loss: cross_entropy"
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


def _check_labels(enabled: Mapping[str, Any]) -> Iterator[str]:
    """Names in tables and figures tell the networks of one experiment apart."""
    first: dict[tuple[int, str], str] = {}
    for name, entry in enabled.items():
        shown = (entry["experiment"], entry["label"])
        if shown in first:
            yield (
                f"networks.{name}.label is {entry['label']!r} but networks."
                f"{first[shown]} of the same experiment has this label; choose another"
            )
        first.setdefault(shown, name)


def _check_engines(
    full: Mapping[str, Any], enabled: Mapping[str, Any]
) -> Iterator[str]:
    """Yield the engines of spiking networks that the device cannot run."""
    spiking = {n: e for n, e in enabled.items() if e["neuron"] == "lif"}
    chosen = {
        f"networks.{name}.engine": entry["engine"]
        for name, entry in spiking.items()
        if "engine" in entry
    }
    if len(chosen) < len(spiking):
        chosen["training.engine"] = full["training"]["engine"]
    for path, engine in chosen.items():
        problem = misfit(engine, full["device"])
        if problem:
            yield f"{path} {problem}; change it, or change device"


def _check_comparison(name: str, other: str | None, names: list[str]) -> Iterator[str]:
    allowed = [candidate for candidate in names if candidate != name]
    if other is not None and other not in allowed:
        yield (
            f"networks.{name}.compare_to is {other!r} but must be null or another "
            f"enabled network: {', '.join(allowed)}{nearest(other, allowed)}"
        )


def input_shape(entry: Mapping[str, Any]) -> tuple[int, int, int]:
    """Return (channels, height, width) of an input's images or frames."""
    if entry["dataset"] == "nmnist":
        return EVENT_SHAPE
    return (CHANNELS[entry["dataset"]], entry["size"], entry["size"])
