"""What every engine says of itself before it is made, takes, and gives.

Import-light, so that Snakemake can read it while planning: an engine's own modules
compile kernels or load Triton, and are imported when it is made.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from spikemeter.networks.description import NetworkDescription
from spikemeter.networks.encodings.encoded import Encoded
from spikemeter.networks.neurons.neuron import Neuron

if TYPE_CHECKING:
    from torch import Tensor

    from spikemeter.networks.layers import Synapses


@dataclass(frozen=True)
class Activity:
    """What a spiking network did with one batch.

    Attributes
    ----------
    output : Tensor of shape (steps, batch, classes)
        Spikes of the output neurons.
    spikes : float64 Tensor of shape (stages,)
        Spikes of all neurons of a stage over all steps and samples, no gradient.
    """

    output: "Tensor"
    spikes: "Tensor"


class Engine(Protocol):
    """A way to compute a spiking network; every call starts from states at 0.

    A batch that does not fit the network, or holds NaN or infinity, is refused; see
    :func:`spikemeter.engines.checks.check_batch`.
    """

    def run(self, synapses: "Synapses", inputs: Encoded) -> Activity:
        """Run a batch through the network, without gradients."""

    def learn(
        self, synapses: "Synapses", inputs: Encoded, labels: "Tensor", loss: str
    ) -> "tuple[Activity, Tensor]":
        """Run a batch and set the gradients of the loss; return also its mean.

        ``labels`` are int64 of shape (batch,), ``loss`` is a name in
        :data:`spikemeter.networks.losses.registry.LOSSES`. What the ``grad`` of the
        parameters was before is forgotten.
        """

    def spike_trains(self, synapses: "Synapses", inputs: Encoded) -> "list[Tensor]":
        """Return every spike of every stage, to analyse and to compare engines.

        They are uint8 of shape (steps, batch, *out_shape).
        """


@dataclass(frozen=True)
class EngineEntry:
    """An engine: where it computes, what it computes, and how to make it.

    Attributes
    ----------
    name : str
        As the config and the registry have it.
    title : str
        As labels of networks print it.
    summary : str
        What it is, in a few words, for notes below tables.
    devices : tuple of str
        ``cpu``, ``cuda`` or both.
    supports : callable
        Returns why it cannot compute a network, None if it can.
    build : callable
        Returns the engine for a neuron of a network that it supports.
    rounding : str or None
        The format that it multiplies in, if other neurons spike than in the
        reference; None for an engine that is exact up to float32 ties.
    stepwise : bool
        Whether it computes one time step after the other through PyTorch, which keeps
        all that a batch did.
    samplewise : bool
        Whether each thread computes one sample after the other, in memory that does
        not grow with the batch.
    replays : bool
        Whether a batch of a shape seen before is replayed as one CUDA graph.

    Examples
    --------
    >>> from spikemeter.engines.registry import ENGINES
    >>> ENGINES["events"].devices
    ('cpu',)
    """

    name: str
    title: str
    summary: str
    devices: tuple[str, ...]
    supports: Callable[[NetworkDescription], str | None]
    build: Callable[[Any], Engine]
    rounding: str | None = None
    stepwise: bool = False
    samplewise: bool = False
    replays: bool = False

    def make(self, description: NetworkDescription) -> Engine:
        """Make the engine for a network; its kernels are compiled, or loaded, here.

        Raises
        ------
        ValueError
            If it does not support the network.
        RuntimeError
            If it cannot run on this machine.
        """
        if reason := self.supports(description):
            raise ValueError(f"engine is {self.name!r} but {reason}")
        return self.build(description.neuron)


def refuse_other_neurons(
    description: NetworkDescription, computed: type[Neuron]
) -> str | None:
    """Return why kernels of one neuron cannot compute a network, None if they can."""
    if isinstance(description.neuron, computed):
        return None
    other = description.neuron.title
    return f"it computes {computed.title} neurons only, not {other} ones"
