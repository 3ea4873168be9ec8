"""What every engine takes and gives."""

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from spikemeter.networks.encodings.encoded import Encoded
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

    output: Tensor
    spikes: Tensor


class Engine(Protocol):
    """A way to compute a spiking network; every call starts from states at 0.

    A batch that does not fit the network, or holds NaN or infinity, is refused; see
    :func:`spikemeter.engines.checks.check_batch`.
    """

    def run(self, synapses: Synapses, inputs: Encoded) -> Activity:
        """Run a batch through the network, without gradients."""

    def learn(
        self, synapses: Synapses, inputs: Encoded, labels: Tensor, loss: str
    ) -> tuple[Activity, Tensor]:
        """Run a batch and set the gradients of the loss.

        Parameters
        ----------
        synapses : Synapses
            Whose parameters' ``grad`` is set; what it was before is forgotten.
        inputs : Encoded
        labels : int64 Tensor of shape (batch,)
        loss : str
            A name in :data:`spikemeter.networks.losses.registry.LOSSES`.

        Returns
        -------
        activity : Activity
        loss : Tensor of shape ()
            Mean over the batch.
        """

    def spike_trains(self, synapses: Synapses, inputs: Encoded) -> list[Tensor]:
        """Return every spike of every stage, to analyse and to compare engines.

        Returns
        -------
        list of uint8 Tensor of shape (steps, batch, *out_shape)
            One for each stage.
        """
