"""The reference engine: snnTorch, one time step after the other.

Every faster engine has to give the same spikes and gradients.
"""

import torch
from snntorch import Leaky
from torch import Tensor

from spikemeter.engines.interface import Activity
from spikemeter.networks.layers import Synapses
from spikemeter.networks.neurons import Lif, spike_function


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

    def __call__(self, synapses: Synapses, inputs: Tensor) -> Activity:
        """Run a batch of encoded inputs through the network.

        Parameters
        ----------
        synapses : Synapses
        inputs : Tensor of shape (steps, batch, *in_shape)

        Returns
        -------
        Activity
        """
        neuron = self.neuron.to(inputs.device)
        batch = inputs.shape[1]
        membranes = [
            torch.zeros(batch, *stage.out_shape, device=inputs.device)
            for stage in synapses.stages
        ]
        totals = [inputs.new_zeros((), dtype=torch.float64) for _ in membranes]
        output = []
        for activity in inputs:
            spikes = activity
            for index, membrane in enumerate(membranes):
                current = synapses.current(index, spikes)
                spikes, membranes[index] = neuron(current, membrane)
                totals[index] += spikes.detach().sum(dtype=torch.float64)
            output.append(spikes)
        return Activity(torch.stack(output), torch.stack(totals))
