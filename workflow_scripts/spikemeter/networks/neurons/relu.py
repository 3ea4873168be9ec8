"""The rectifier: the neuron of the conventional twin."""

from typing import TYPE_CHECKING, ClassVar

from spikemeter.networks.neurons.neuron import Fire, Neuron

if TYPE_CHECKING:
    from torch import Tensor


class Relu(Neuron, frozen=True, extra="forbid"):
    """max(0, I): no settings, no states, no time steps."""

    name: ClassVar[str] = "relu"
    title: ClassVar[str] = "ReLU"
    spiking: ClassVar[bool] = False

    def step(
        self, current: "Tensor", states: tuple["Tensor", ...], _fire: Fire
    ) -> tuple["Tensor", tuple["Tensor", ...]]:
        """Return the positive part of the current."""
        return current.relu(), states
