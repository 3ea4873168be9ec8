"""The config: read, checked, completed, and turned into settings.

Only this module and the package config_checks know config keys. Every error is one
line that names the key, what was found and what is allowed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spikemeter.datasets.fetch.source_settings import SourceSettings
from spikemeter.datasets.kinds.kind import InputSettings
from spikemeter.datasets.kinds.registry import KINDS
from spikemeter.datasets.registry import DATASETS
from spikemeter.networks.description import NetworkDescription
from spikemeter.networks.neurons.registry import NEURONS
from spikemeter.study.config_checks.inputs import input_checks, input_shape
from spikemeter.study.config_checks.networks import (
    SPIKING_KEYS,
    network_checks,
    running,
)
from spikemeter.study.schema import completed_config
from spikemeter.study.strict_yaml import ConfigError, parse_yaml, read_yaml

# With it, Snakemake takes a config for a template of the package yte.
TEMPLATE_KEY = "__use_yte__"


@dataclass(frozen=True)
class Entry:
    """One network of the study: how it is shown, and how it is trained."""

    experiment: int
    label: str
    compare_to: str | None
    settings: NetworkDescription


@dataclass(frozen=True)
class Config:
    """The whole study, checked. Mappings are in the order of the config.

    ``networks`` are those that run: enabled, and of an experiment that is listed.
    ``machine`` holds where and how jobs compute and meter: ``device``,
    ``cpu_threads`` and what stands under ``meter``.
    """

    seeds: tuple[int, ...]
    machine: dict[str, Any]
    data: dict[str, SourceSettings]
    inputs: dict[str, InputSettings]
    networks: dict[str, Entry]
    dpi: int


def read_config(path: Path) -> Any:
    """Read a config file as it was written, strictly.

    Raises
    ------
    ConfigError
        For what `spikemeter.study.strict_yaml.read_yaml` refuses, and for a file that
        asks Snakemake to run what stands in it as Python.
    """
    values = read_yaml(path)
    if isinstance(values, dict) and TEMPLATE_KEY in values:
        raise ConfigError(
            f"{path} has the key {TEMPLATE_KEY}, which lets a config run code; it may "
            "hold values alone: remove it"
        )
    return values


def read_arguments(arguments: Sequence[str]) -> dict[str, Any]:
    """Return the lists and blocks that ``--config`` sets, read as config.yaml is.

    Snakemake takes every number in them for text.

    Parameters
    ----------
    arguments : sequence of str
        ``key=value``, as they stand on the command line.

    Raises
    ------
    ConfigError
        For what `spikemeter.study.strict_yaml.parse_yaml` refuses.
    """
    parts = (argument.partition("=") for argument in arguments)
    values = {key: parse_yaml(text, f"--config {key}") for key, _, text in parts}
    return {k: value for k, value in values.items() if isinstance(value, list | dict)}


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
    full = completed_config(values, schema)
    problems = [*input_checks(full), *network_checks(full)]
    if problems:
        raise ConfigError("\n".join(problems))
    return _study(full)


def in_full(values: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a config with its defaults; equal studies have equal ones.

    What a network repeats of ``training`` is left out, and experiments are in order.
    """
    full = completed_config(values, schema)
    training = full["training"].items()
    networks = {
        name: dict(item for item in entry.items() if item not in training)
        for name, entry in full["networks"].items()
    }
    return full | {"networks": networks, "experiments": sorted(full["experiments"])}


def _study(full: Mapping[str, Any]) -> Config:
    return Config(
        seeds=tuple(full["seeds"]),
        machine={
            "device": full["device"],
            "cpu_threads": full["cpu_threads"],
            **full["meter"],
        },
        data={name: SourceSettings(**source) for name, source in full["data"].items()},
        inputs={
            name: KINDS[DATASETS[entry["dataset"]].kind].settings(**entry)
            for name, entry in full["inputs"].items()
        },
        networks={
            name: Entry(
                entry["experiment"],
                entry["label"],
                entry["compare_to"],
                _network(entry, full),
            )
            for name, entry in running(full).items()
        },
        dpi=full["figures"]["dpi"],
    )


def _network(entry: Mapping[str, Any], full: Mapping[str, Any]) -> NetworkDescription:
    source = full["inputs"][entry["input"]]
    dataset = DATASETS[source["dataset"]]
    shape = input_shape(source)
    assert shape is not None  # checked
    neuron = NEURONS[entry["neuron"]]
    spiking = neuron.spiking
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
    values = {**defaults, **training, **own}
    values["neuron"] = neuron(
        **{key: values.pop(key) for key in neuron.model_fields if key in values}
    )
    return NetworkDescription(
        **values,
        input_kind=dataset.kind,
        input_shape=shape,
        classes=len(dataset.classes),
    )
