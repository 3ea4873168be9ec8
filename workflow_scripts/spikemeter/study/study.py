"""A study: the settings of a config and what they mean together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import BaseModel

from spikemeter.datasets.dataset import InputSettings
from spikemeter.datasets.registry import DATASETS
from spikemeter.engines.registry import ENGINES
from spikemeter.networks.description import NetworkDescription
from spikemeter.networks.neurons.registry import NEURONS
from spikemeter.study.settings import (
    NEURON_FIELDS,
    OWN_TRAINING,
    Experiment,
    OwnNetwork,
    Settings,
)


def take_set(block: BaseModel, names: Any = None) -> dict[str, Any]:
    """Return what a block of the config sets itself, of these keys or of all."""
    keys = (
        block.model_fields_set if names is None else block.model_fields_set & {*names}
    )
    return {key: getattr(block, key) for key in keys}


@dataclass(frozen=True)
class Study:
    """A config that was checked: its settings, and all experiments that it declares."""

    settings: Settings
    experiments: Mapping[str, Experiment]

    @cached_property
    def inputs(self) -> dict[str, InputSettings]:
        """The settings of each input, as its kind has them."""
        return {
            name: DATASETS[entry.dataset].settings(**take_set(entry))
            for name, entry in self.settings.inputs.items()
        }

    @cached_property
    def networks(self) -> dict[str, OwnNetwork]:
        """The networks that run, each followed by what ``also_on`` makes of it."""
        return dict(self._list_running())

    @cached_property
    def descriptions(self) -> dict[str, NetworkDescription]:
        """The networks that run, as training and test are told of them."""
        return {
            name: self._describe(network) for name, network in self.networks.items()
        }

    def title(self, experiment: str) -> str:
        """Return what the report calls an experiment."""
        return self.experiments[experiment].title or f"Experiment {experiment}"

    def reference(self, name: str) -> str | None:
        """Return what a network is compared with: on the same engine, if that runs."""
        own, _, engine = name.partition("-")
        network = self.networks[name]
        reference = network.compare_to
        if "compare_to" not in network.model_fields_set:
            shared = self.experiments[network.experiment].compare_to
            reference = shared if shared != own else None
        twin = f"{reference}-{engine}"
        return twin if engine and twin in self.networks else reference

    def _list_running(self) -> Iterator[tuple[str, OwnNetwork]]:
        for name, network in self.settings.networks.items():
            if network.enabled and self.experiments[network.experiment].enabled:
                yield name, network
                for engine in network.also_on:
                    label = f"{network.label} ({ENGINES[engine].title})"
                    update = {"engine": engine, "label": label, "also_on": []}
                    yield f"{name}-{engine}", network.model_copy(update=update)

    def _describe(self, network: Any) -> NetworkDescription:
        shared = self.settings.training
        source = self.inputs[network.input]
        dataset, neuron = DATASETS[source.dataset], NEURONS[network.neuron]
        own = {key: getattr(shared, key) for key in OWN_TRAINING}
        own |= take_set(network, OWN_TRAINING)
        if not neuron.spiking:
            own["engine"] = None
        return NetworkDescription(
            input=network.input,
            input_kind=dataset.kind,
            input_shape=dataset.shape(source),
            classes=len(dataset.classes),
            layers=network.layers,
            padding=network.padding,
            neuron=neuron(**neuron_settings(network, shared)),
            steps=(dataset.steps(source) or network.steps) if neuron.spiking else None,
            encoding=network.encoding,
            loss=network.loss or neuron.default_loss,
            epochs=network.epochs,
            validation_fraction=shared.validation_fraction,
            **own,
        )


def neuron_settings(network: Any, shared: BaseModel) -> dict[str, Any]:
    """Return the settings of a network's neuron, its own before the shared ones."""
    keys = NEURONS[network.neuron].model_fields.keys() & NEURON_FIELDS.keys()
    return take_set(shared, keys) | take_set(network, keys)


def complete_config(study: Study) -> dict[str, Any]:
    """Return a config with its defaults; equal studies have equal ones.

    What a network repeats of ``training`` or its experiment is left out, as are
    defaults of a network.
    """
    settings, experiments = study.settings, study.experiments
    own = {"inputs", "networks"}
    config = settings.model_dump(mode="json", exclude={*own, "experiments"})
    config |= settings.model_dump(mode="json", include=own, exclude_defaults=True)
    config["experiments"] = {
        n: e.model_dump(mode="json") for n, e in experiments.items()
    }
    for name, network in settings.networks.items():
        shared = dict(config["training"])
        entry = config["networks"][name]
        if "compare_to" in network.model_fields_set:
            entry["compare_to"] = network.compare_to
            shared["compare_to"] = experiments[network.experiment].compare_to
        config["networks"][name] = {
            key: value
            for key, value in entry.items()
            if key not in shared or value != shared[key]
        }
    return config
