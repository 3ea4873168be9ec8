"""How the networks of a config must fit their inputs, the device and each other."""

from collections.abc import Iterator, Mapping
from typing import Any

from spikemeter.datasets.registry import DATASETS
from spikemeter.engines.resolution import refuse_device
from spikemeter.networks.neurons.registry import NEURONS
from spikemeter.networks.notation import parse_layers
from spikemeter.study.config_checks.inputs import input_shape
from spikemeter.study.schema_messages import nearest

ENCODINGS = {"images": ("rate", "latency", "direct"), "events": ("direct", "delta")}
# With fewer steps, 20 % of them is less than one spike.
FEWEST_STEPS = 5
# What only a spiking network has; the first two have no default in `training`.
SPIKING_KEYS = (
    *("steps", "encoding"),
    *("beta", "threshold", "reset", "surrogate", "engine"),
)


def network_checks(full: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each thing about the networks that run that fits no other.

    Parameters
    ----------
    full : mapping
        What `spikemeter.study.schema.completed_config` gives.
    """
    yield from _check_experiments(full)
    chosen = running(full)
    yield from _check_labels(chosen)
    yield from _check_engines(full, chosen)
    for name, entry in chosen.items():
        yield from _check_network(name, entry, full["inputs"])
        yield from _check_comparison(name, full, list(chosen))


def running(full: Mapping[str, Any]) -> dict[str, Any]:
    """Return the networks that run: enabled, and of an experiment that is listed."""
    return {
        name: entry
        for name, entry in full["networks"].items()
        if entry["enabled"] and entry["experiment"] in full["experiments"]
    }


def _check_experiments(full: Mapping[str, Any]) -> Iterator[str]:
    """Yield the experiments that are listed but have no network that runs."""
    found = {entry["experiment"] for entry in running(full).values()}
    for number in full["experiments"]:
        if number in found:
            continue
        off = [n for n, e in full["networks"].items() if e["experiment"] == number]
        enable = f"set enabled: true in one of {', '.join(off)}"
        yield (
            f"experiments lists {number} but no network of experiment {number} is "
            f"enabled; remove {number}, or "
            + (enable if off else f"add a network with experiment: {number}")
        )


def _check_labels(chosen: Mapping[str, Any]) -> Iterator[str]:
    """Names in tables and figures tell the networks of one experiment apart."""
    first: dict[tuple[int, str], str] = {}
    for name, entry in chosen.items():
        shown = (entry["experiment"], entry["label"])
        if shown in first:
            yield (
                f"networks.{name}.label is {entry['label']!r} but networks."
                f"{first[shown]} of the same experiment has this label; choose another"
            )
        first.setdefault(shown, name)


def _check_engines(full: Mapping[str, Any], chosen: Mapping[str, Any]) -> Iterator[str]:
    """Yield the engines of spiking networks that the device cannot run."""
    spiking = {n: e for n, e in chosen.items() if NEURONS[e["neuron"]].spiking}
    engines = {
        f"networks.{name}.engine": entry["engine"]
        for name, entry in spiking.items()
        if "engine" in entry
    }
    if len(engines) < len(spiking):
        engines["training.engine"] = full["training"]["engine"]
    for path, engine in engines.items():
        problem = refuse_device(engine, full["device"])
        if problem:
            yield f"{path} {problem}; change it, or change device"


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
    dataset = DATASETS[source["dataset"]]
    events = dataset.kind == "events"
    if NEURONS[entry["neuron"]].spiking:
        yield from _check_spiking(path, entry, events)
        yield from _check_steps(path, entry, source.get("steps", entry.get("steps")))
    else:
        yield from _check_plain(path, entry)
    shape = input_shape(source)
    if shape is None:
        return  # reported with the input
    try:
        stages = parse_layers(entry["layers"], shape, entry["padding"])
    except ValueError as error:
        yield f"{path}.layers: {error}"
        return
    classes = stages[-1].neurons
    wanted = len(dataset.classes)
    if classes != wanted:
        yield (
            f"{path}.layers ends with {classes} outputs but {source['dataset']} has "
            f"{wanted} classes; end with -{wanted}"
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


def _check_comparison(
    name: str, full: Mapping[str, Any], names: list[str]
) -> Iterator[str]:
    allowed = [candidate for candidate in names if candidate != name]
    other = full["networks"][name]["compare_to"]
    if other is None or other in allowed:
        return
    entry = full["networks"].get(other)
    if entry and entry["enabled"] and other != name:
        yield (
            f"networks.{name}.compare_to is {other!r} but experiments leaves out "
            f"{entry['experiment']}, the experiment of {other}; add "
            f"{entry['experiment']} to experiments, or set compare_to: null"
        )
    else:
        yield (
            f"networks.{name}.compare_to is {other!r} but must be null or another "
            f"enabled network: {', '.join(allowed)}{nearest(other, allowed)}"
        )
