"""How the settings of a config must fit together: a line for each that does not."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import yaml

from spikemeter.datasets.dataset import DataSet
from spikemeter.datasets.fetch.source_settings import find_refusal
from spikemeter.datasets.registry import DATASETS
from spikemeter.engines.registry import ENGINES
from spikemeter.engines.resolution import refuse_device, refuse_engine
from spikemeter.networks.encodings.registry import ENCODINGS
from spikemeter.networks.losses.registry import LOSSES
from spikemeter.networks.neurons.registry import NEURONS
from spikemeter.networks.notation import parse_layers
from spikemeter.report.literal import fold_text
from spikemeter.resource_paths import find_resource
from spikemeter.study.setting_errors import read_settings, refuse_name
from spikemeter.study.settings import (
    NEURON_FIELDS,
    Experiment,
    ExperimentBlock,
    Settings,
)
from spikemeter.study.strict_yaml import ConfigError
from spikemeter.study.study import Study, neuron_settings, take_set

# What only a spiking network has, apart from the settings of its neuron.
SPIKING_KEYS = ("steps", "encoding", "engine", "also_on")


def check_config(
    values: Mapping[str, Any], experiments: Mapping[str, Any] | None = None
) -> Study:
    """Check a config, fill in what it leaves out, and return the study.

    ``values`` are the config as Snakemake merged it. If they have only a list of the
    experiments that run, ``experiments`` are those that config files declare. A
    ConfigError has a line for every key that is wrong.

    Examples
    --------
    >>> study = check_config(read_yaml(Path("config.yaml")))  # doctest: +SKIP
    >>> study.descriptions["exp1_snn"].neuron.beta  # doctest: +SKIP
    0.8
    """
    _refuse(_check_old_twins(values))
    settings, lines = read_settings(values, Settings)
    _refuse(lines)
    study = Study(settings, _declare_experiments(settings, experiments or {}))
    _refuse(
        [*_check_sources(settings), *_check_inputs(settings), *_check_membership(study)]
    )
    running = {n: network for n, network in study.networks.items() if "-" not in n}
    lines = [*_check_experiments(study), *_check_labels(study)]
    for name, network in running.items():
        lines += _check_network(f"networks.{name}", network, study)
    _refuse([*lines, *_check_comparisons(study)])
    _refuse([*_check_engines(study), *_check_published(running)])
    return study


def sort_keys(values: Any, model: Any) -> Any:
    """Return values with the keys that a model has first, in its order, at every depth.

    Snakemake puts the keys of overlays first, but networks come in the order of the
    tables' rows.
    """
    if not (isinstance(values, dict) and isinstance(model, dict)):
        return values
    keys = dict.fromkeys([*(key for key in model if key in values), *values])
    return {key: sort_keys(values[key], model.get(key)) for key in keys}


def _refuse(lines: Iterable[str]) -> None:
    """Raise a ConfigError of all lines, if there are any."""
    text = "\n".join(dict.fromkeys(lines))
    if text:
        raise ConfigError(text)


def _check_old_twins(values: Any) -> Iterator[str]:
    """Yield the networks that old overlays enable, which ``also_on`` replaces."""
    networks = values.get("networks") if isinstance(values, Mapping) else None
    if not isinstance(networks, Mapping):
        return
    for name, entry in networks.items():
        own, _, engine = str(name).rpartition("_")
        known = engine in ENGINES and own in networks
        if known and isinstance(entry, Mapping) and "layers" not in entry:
            yield (
                f"networks.{name} has no layers and is no network of its own; "
                f"remove it and set networks.{own}.also_on: [{engine}]"
            )


# --- Experiments ---------------------------------------------------------------------


def _declare_experiments(
    settings: Any, known: Mapping[str, Any]
) -> dict[str, Experiment]:
    """Return all experiments, enabled as the config says."""
    used = {
        str(network.experiment): Experiment() for network in settings.networks.values()
    }
    listed = settings.experiments
    if isinstance(listed, dict):
        return listed or used
    block, lines = read_settings(known, ExperimentBlock, prefix=("experiments",))
    _refuse(lines)
    declared = block.root or used
    _refuse(
        refuse_name(f"experiments[{index}]", name, list(declared))
        for index, name in enumerate(listed)
        if name not in declared and name not in used
    )
    declared |= {name: Experiment() for name in listed if name not in declared}
    return {
        name: experiment.model_copy(update={"enabled": name in listed})
        for name, experiment in declared.items()
    }


def _check_experiments(study: Study) -> Iterator[str]:
    """Yield the experiments with no network that runs."""
    shown = {network.experiment for network in study.networks.values()}
    networks = study.settings.networks.items()
    for name, experiment in study.experiments.items():
        if experiment.enabled and name not in shown:
            off = [n for n, network in networks if network.experiment == name]
            enable = f"set enabled: true in one of {', '.join(off)}"
            yield (
                f"experiments.{name} has no network that is enabled; set experiments."
                f"{name}.enabled: false, leave {name} out of a list, or "
                + (enable if off else f"add a network with experiment: {name}")
            )


def _check_membership(study: Study) -> Iterator[str]:
    names = list(study.experiments)
    for name, network in study.settings.networks.items():
        if network.experiment not in names:
            place = f"networks.{name}.experiment"
            line = refuse_name(place, network.experiment, names)
            yield f"{line}; declare it in experiments"


# --- Data and inputs -----------------------------------------------------------------


def _check_sources(settings: Any) -> Iterator[str]:
    for name, source in settings.data:
        path, chosen = f"data.{name}", source.source
        if chosen == "directory" and not source.directory:
            yield (
                f"{path}.directory is null but must be a folder for source: directory; "
                "set it in config.yaml"
            )
        if source.directory and chosen != "directory":
            yield (
                f"{path}.directory is {source.directory!r} but source is {chosen}; set "
                f"{path}.source: directory or remove the folder"
            )
        refusals = [find_refusal(url, source.allow_http) for url in source.mirrors]
        problems = {index: problem for index, problem in enumerate(refusals) if problem}
        for index, problem in problems.items():
            yield f"{path}.mirrors[{index}] {problem}"
        if source.mirrors and chosen != "official" and not problems:
            yield (
                f"{path}.mirrors is set but source is {chosen}; mirrors serve source: "
                "official"
            )
        plain = any(mirror.startswith("http:") for mirror in source.mirrors)
        if source.allow_http and not plain:
            yield f"{path}.allow_http is true but no mirror is http; remove it"


def _check_inputs(settings: Any) -> Iterator[str]:
    """Yield what an input lacks, or has, that its kind does or does not take."""
    for name, entry in settings.inputs.items():
        dataset = DATASETS[entry.dataset]
        fields = dataset.settings.model_fields
        given = take_set(entry)
        lacking = [k for k, f in fields.items() if f.is_required() and k not in given]
        excess = given.keys() - fields.keys()
        for key in lacking:
            yield (
                f"inputs.{name} lacks {key}, which {dataset.kind_title} need; set it "
                "in config.yaml"
            )
        for key in excess:
            yield (
                f"inputs.{name}.{key} is {given[key]!r} but {entry.dataset} holds "
                f"{dataset.kind_title}, which have no {key}; remove it"
            )
        if not (lacking or excess):
            place = ("inputs", name)
            yield from read_settings(given, dataset.settings, prefix=place)[1]


# --- Networks ------------------------------------------------------------------------


def _check_labels(study: Study) -> Iterator[str]:
    """Names in tables and figures tell the networks of one experiment apart."""
    first: dict[tuple[str, str], tuple[str, str]] = {}
    for name, network in study.networks.items():
        own, label = name.partition("-")[0], network.label
        key = (network.experiment, fold_text(label))
        if key in first:
            other, known = first[key]
            alike = "this label" if known == label else f"{known!r}, which looks alike"
            yield (
                f"networks.{own}.label is {label!r} but networks.{other} of the same "
                f"experiment has {alike}; choose another"
            )
        first.setdefault(key, (own, label))


def _check_network(path: str, network: Any, study: Study) -> Iterator[str]:
    inputs = study.settings.inputs
    if network.input not in inputs:
        yield refuse_name(f"{path}.input", network.input, list(inputs))
        return
    source = study.inputs[network.input]
    dataset = DATASETS[source.dataset]
    yield from _check_neuron(path, network, study)
    steps = dataset.steps(source)
    if NEURONS[network.neuron].spiking:
        yield from _check_spiking(path, network, dataset, steps)
    yield from _check_loss(path, network, steps or network.steps)
    try:
        shape = dataset.shape(source)
        stages = parse_layers(network.layers, shape, network.padding)
    except ValueError as error:
        yield f"{path}.layers: {error}"
        return
    outputs, classes = stages[-1].neurons, len(dataset.classes)
    if outputs != classes:
        yield (
            f"{path}.layers ends with {outputs} outputs but {source.dataset} has "
            f"{classes} classes; end with -{classes}"
        )


def _check_neuron(path: str, network: Any, study: Study) -> Iterator[str]:
    """Yield the settings that the neuron does not take, or not so."""
    for key, value in take_set(network, {*NEURON_FIELDS, *SPIKING_KEYS}).items():
        takers = [
            name
            for name, neuron in NEURONS.items()
            if (neuron.spiking if key in SPIKING_KEYS else key in neuron.model_fields)
        ]
        if network.neuron not in takers and value != []:
            yield (
                f"{path}.{key} is {value!r} but a {network.neuron} network has no "
                f"{key}; remove it or set neuron: {' or '.join(takers)}"
            )
    settings = neuron_settings(network, study.settings.training)
    neuron, prefix = NEURONS[network.neuron], tuple(path.split("."))
    yield from read_settings(settings, neuron, prefix=prefix)[1]


def _check_spiking(
    path: str, network: Any, dataset: DataSet, input_steps: int | None
) -> Iterator[str]:
    if input_steps is not None and network.steps is not None:
        yield (
            f"{path}.steps is {network.steps} but {dataset.kind_title} bring their "
            f"steps; set inputs.{network.input}.steps instead"
        )
    if input_steps is None and network.steps is None:
        yield f"{path} lacks steps, the time steps of a spiking network; set it"
    refused = {name: entry.refuse(dataset.kind) for name, entry in ENCODINGS.items()}
    allowed = ", ".join(name for name, reason in refused.items() if reason is None)
    if network.encoding is None:
        yield f"{path} lacks encoding; set it to one of {allowed}"
    elif refused[network.encoding] is not None:
        yield (
            f"{path}.encoding is {network.encoding!r} but must be one of {allowed} for "
            f"{dataset.kind} ({refused[network.encoding]})"
        )


def _check_loss(path: str, network: Any, steps: int | None) -> Iterator[str]:
    neuron = NEURONS[network.neuron]
    name = network.loss or neuron.default_loss
    loss, others = LOSSES[name], [n for n, o in LOSSES.items() if not o.needs_spikes]
    if loss.needs_spikes and not neuron.spiking:
        yield (
            f"{path}.loss is {name!r} but a {network.neuron} network has no spikes to "
            f"count; use {' or '.join(others)}"
        )
    elif neuron.spiking and steps is not None and steps < loss.fewest_steps:
        yield (
            f"{path} has {steps} steps but must have at least {loss.fewest_steps} for "
            f"the loss {name}: with fewer, it asks for less than one spike; raise "
            f"steps or set loss: {' or '.join(others)}"
        )


def _check_engines(study: Study) -> Iterator[str]:
    """Yield the engines that do not compute on the device, or not a network."""
    device = study.settings.device
    for name, description in study.descriptions.items():
        own, _, also = name.partition("-")
        network, engine = study.settings.networks[own], description.engine
        if engine is None:
            continue
        place = f"networks.{own}.{'also_on' if also else 'engine'}"
        if problem := refuse_device(engine, device):
            if also:
                place += f"[{network.also_on.index(also)}]"
            elif not network.engine:
                place = "training.engine"
            yield f"{place} {problem}; change it, or change device"
        elif problem := refuse_engine(engine, device, description):
            yield f"{place} {problem}"


def _check_published(running: Mapping[str, Any]) -> Iterator[str]:
    """Yield the networks that name no published row."""
    for name, network in running.items():
        study, _, row = (network.published or "").partition("/")
        if not study or row in _list_rows(study):
            continue
        # Loaded only to say what is wrong.
        from spikemeter.report.ties import find_tie  # noqa: PLC0415

        try:
            find_tie(network.published)
        except ConfigError as error:
            yield f"networks.{name}.published: {error}"


@cache
def _list_rows(study: str) -> frozenset[str]:
    """Return the rows of a published study, none of a file that is no such study.

    It is read as fast as YAML can be, because each process plans: whoever uses what
    the rows hold reads the file strictly (:func:`spikemeter.report.ties.find_tie`).
    """
    path = find_resource("published") / f"{study}.yaml"
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return frozenset(loader(path.read_bytes()).get_single_data()["rows"])
    except (OSError, ValueError, LookupError, TypeError, yaml.YAMLError):
        return frozenset()


def _check_comparisons(study: Study) -> Iterator[str]:
    """Yield the references of networks and experiments that do not run."""
    declared = study.settings.networks
    running = [name for name in study.networks if name in declared]
    places = [
        (f"networks.{name}.compare_to", declared[name].compare_to, name)
        for name in running
        if "compare_to" in declared[name].model_fields_set
    ]
    places += [
        (f"experiments.{name}.compare_to", experiment.compare_to, "")
        for name, experiment in study.experiments.items()
        if experiment.enabled
    ]
    for place, other, name in places:
        if other is None or (other in running and other != name):
            continue
        entry = declared.get(other)
        if entry and entry.enabled and other != name:
            yield (
                f"{place} is {other!r} but experiment {entry.experiment}, to which "
                f"{other} belongs, is left out; enable it, or set compare_to: null"
            )
        else:
            line = refuse_name(place, other, [n for n in running if n != name])
            yield line.replace("one of", "null or another enabled network:", 1)
