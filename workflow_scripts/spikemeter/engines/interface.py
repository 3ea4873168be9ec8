"""What every engine takes and gives."""

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from spikemeter.networks.layers import Synapses


@dataclass(frozen=True)
class Activity:
    """What a spiking network did with one batch.

    Attributes
    ----------
    output : Tensor of shape (steps, batch, classes)
        Spikes of the output neurons; carries the gradient.
    spikes : float64 Tensor of shape (stages,)
        Spikes of all neurons of a stage over all steps and samples, no gradient.
    """

    output: Tensor
    spikes: Tensor


class Engine(Protocol):
    """A way to compute a spiking network; every call starts from membranes at 0."""

    def __call__(self, synapses: Synapses, inputs: Tensor) -> Activity:
        """Run ``inputs`` of shape (steps, batch, *in_shape) through the network."""
