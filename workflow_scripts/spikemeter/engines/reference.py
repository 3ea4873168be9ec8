"""The reference engine: snnTorch, one time step after the other.

Every faster engine has to give the same spikes and gradients.
"""

from collections.abc import Iterator

import torch
from snntorch import Leaky
from torch import Tensor

from spikemeter.engines.checks import check
from spikemeter.engines.interface import Activity, backpropagate
from spikemeter.networks.encoding import Encoded
from spikemeter.networks.layers import Synapses
from spikemeter.networks.neurons.lif import Lif
from spikemeter.networks.surrogates import spike_function


class ReferenceEngine:
    """Step through time with ``snntorch.Leaky``.

    One ``Leaky`` serves all stages, because the membranes are passed in and out;
    snnTorch keeps every neuron object ever made in a list of its own.

    Parameters
    ----------
    lif : Lif
        Settings of all neurons of the network.
    """

    def __init__(self, lif: Lif) -> None:
        self.neuron = Leaky(
            beta=lif.beta,
            threshold=lif.threshold,
            reset_mechanism=lif.reset,
            spike_grad=spike_function(lif.surrogate),
        )

    def run(self, synapses: Synapses, inputs: Encoded) -> Activity:
        """Run a batch; see :class:`spikemeter.engines.interface.Engine`."""
        check(synapses, inputs)
        with torch.no_grad():
            return self._activity(synapses, inputs)

    def learn(
        self, synapses: Synapses, inputs: Encoded, labels: Tensor, loss: str
    ) -> tuple[Activity, Tensor]:
        """Run a batch and set the gradients."""
        check(synapses, inputs, (labels, loss))
        with torch.enable_grad():
            activity = self._activity(synapses, inputs)
            return backpropagate(activity, synapses, labels, loss)

    def trains(self, synapses: Synapses, inputs: Encoded) -> list[Tensor]:
        """Return every spike of every stage."""
        check(synapses, inputs)
        device = next(synapses.parameters()).device
        shape = inputs.steps, inputs.batch
        trains = [
            torch.empty(*shape, *stage.out_shape, dtype=torch.uint8, device=device)
            for stage in synapses.stages
        ]
        with torch.no_grad():
            for step, spikes in enumerate(self._steps(synapses, inputs)):
                for train, fired in zip(trains, spikes, strict=True):
                    train[step] = fired
        return trains

    def _activity(self, synapses: Synapses, inputs: Encoded) -> Activity:
        output, counts = [], []
        for spikes in self._steps(synapses, inputs):
            output.append(spikes[-1])
            totals = [train.detach().sum(dtype=torch.float64) for train in spikes]
            counts.append(torch.stack(totals))
        return Activity(torch.stack(output), torch.stack(counts).sum(0))

    def _steps(self, synapses: Synapses, inputs: Encoded) -> Iterator[list[Tensor]]:
        """Yield the spikes of all stages, step by step."""
        frames = inputs.dense()
        neuron = self.neuron.to(frames.device)
        membranes = [
            torch.zeros(frames.shape[1], *stage.out_shape, device=frames.device)
            for stage in synapses.stages
        ]
        for activity in frames:
            spikes = [activity]
            for index, membrane in enumerate(membranes):
                current = synapses.current(index, spikes[-1])
                fired, membranes[index] = neuron(current, membrane)
                spikes.append(fired)
            yield spikes[1:]
