"""The rectifier: the neuron of the conventional twin."""

from typing import ClassVar

from spikemeter.networks.neurons.neuron import Neuron


class Relu(Neuron, frozen=True, extra="forbid"):
    """max(0, I): no settings, no states, no time steps."""

    name: ClassVar[str] = "relu"
    title: ClassVar[str] = "ReLU"
