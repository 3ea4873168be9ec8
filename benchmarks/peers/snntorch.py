"""snnTorch, written as its tutorials write it: one step after the other."""

import torch
from snntorch import Leaky
from torch import Tensor

from benchmarks.peers.torch_peer import TorchPeer
from benchmarks.workloads import Task
from spikemeter.networks.surrogates import spike_function


class Loop(TorchPeer):
    """One ``Leaky`` a stage, membranes passed in and out."""

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        lif = task.lif
        self.neurons = [
            Leaky(
                beta=lif.beta,
                threshold=lif.threshold,
                reset_mechanism=lif.reset,
                spike_grad=spike_function(lif.surrogate),
            ).to(task.device)
            for _ in task.stages
        ]

    def forward(self) -> Tensor:
        """Return the output spikes."""
        membranes = [neuron.reset_mem() for neuron in self.neurons]
        output = []
        for spikes in self.frames:
            for index, neuron in enumerate(self.neurons):
                current = self.synapses.current(index, spikes)
                spikes, membranes[index] = neuron(current, membranes[index])  # noqa: PLW2901
            output.append(spikes)
        return torch.stack(output)
