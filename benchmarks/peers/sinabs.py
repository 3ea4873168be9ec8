"""sinabs: synapses of all steps at once, its neuron with a reset of our own."""

import math

import torch
from sinabs.activation import SingleSpike
from sinabs.layers import LIF
from torch import Tensor

from benchmarks.peers.torch_peer import BatchedPeer
from benchmarks.workloads import Task


class Lif(BatchedPeer):
    """``LIF`` with a reset and a surrogate that make it snnTorch's neuron."""

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        beta = task.lif.beta

        def reset(
            spikes: Tensor, state: dict[str, Tensor], threshold: Tensor
        ) -> dict[str, Tensor]:
            # What is taken now is decayed once before it counts.
            taken = spikes.detach() * (threshold / beta)
            return {**state, "v_mem": state["v_mem"] - taken}

        def surrogate(membrane: Tensor, threshold: Tensor) -> Tensor:
            return 1 / (1 + (math.pi * (membrane - threshold)) ** 2)

        self.neurons = [
            LIF(
                tau_mem=-1 / math.log(beta),
                spike_threshold=torch.tensor(task.lif.threshold),
                spike_fn=SingleSpike,
                reset_fn=reset,
                surrogate_grad_fn=surrogate,
                norm_input=False,
            ).to(task.device)
            for _ in task.stages
        ]
        for neuron in self.neurons:
            neuron.requires_grad_(False)

    def reset(self) -> None:
        """Put the membranes at 0."""
        for neuron in self.neurons:
            neuron.reset_states()

    def fire(self, index: int, current: Tensor) -> Tensor:
        """Return the spikes of a stage; sinabs has the batch first."""
        return self.neurons[index](current.transpose(0, 1)).transpose(0, 1)
