"""A network as training and test are told of it."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from pydantic import BaseModel, SerializeAsAny, field_validator

from spikemeter.networks.neurons.neuron import Neuron
from spikemeter.networks.neurons.registry import NEURONS
from spikemeter.networks.notation import Padding, Stage, parse_layers


class NetworkDescription(BaseModel, frozen=True, extra="forbid"):
    """All that the training and the test of one network depend on.

    ``model_dump(mode="json")`` is what train.json holds as ``spec``, and
    ``NetworkDescription(**spec)`` reads it again.

    Attributes
    ----------
    input : str
        Name of the prepared input.
    input_kind : str
        A name in :data:`spikemeter.datasets.registry.KINDS`.
    input_shape : tuple of int
        (channels, height, width) of an image or a frame.
    classes : int
        Number of classes of the input's data set.
    layers, padding : str
        See :mod:`spikemeter.networks.notation`.
    neuron : Neuron
        In JSON a mapping with its ``name`` and its settings.
    steps : int or None
        Number of time steps; None for a network that does not spike, as are
        ``encoding`` and ``engine``.
    encoding, engine : str or None
        Names in the registries of encodings and engines; an engine may be ``auto``.
    loss : str
    epochs, batch_size : int
    learning_rate, validation_fraction : float

    Examples
    --------
    ``NetworkDescription(**run.train["spec"]).stages[-1].neurons``; docs/library.md
    describes a network from its parts.
    """

    input: str
    input_kind: str
    input_shape: tuple[int, int, int]
    classes: int
    layers: str
    padding: Padding
    neuron: SerializeAsAny[Neuron]
    steps: int | None = None
    encoding: str | None = None
    engine: str | None = None
    loss: str
    epochs: int
    batch_size: int
    learning_rate: float
    validation_fraction: float

    @field_validator("neuron", mode="before")
    @classmethod
    def _make_neuron(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        settings = dict(value)
        return NEURONS[settings.pop("name")](**settings)

    @property
    def spiking(self) -> bool:
        """Whether the network spikes, and so runs over time steps on an engine."""
        return self.neuron.spiking

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """The network's stages. Raises a ValueError if ``layers`` is wrong."""
        return tuple(parse_layers(self.layers, self.input_shape, self.padding))

    def replace(self, **changes: Any) -> "NetworkDescription":
        """Return the same description with other values."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return NetworkDescription(**{**values, **changes})
