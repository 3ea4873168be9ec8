"""norse: its neuron without synaptic current, stepped through time."""

import numpy as np
import torch
from norse.torch import LIFBoxCell, LIFBoxParameters
from torch import Tensor

from benchmarks.peers.torch_peer import TorchPeer
from benchmarks.workloads import Task

STEP_S = 0.001


class LifBox(TorchPeer):
    """``LIFBoxCell`` with a reset that makes its membranes those of snnTorch.

    Its membrane is the mean of what it was and its input, so the weights are those
    of the task over 1 - beta. Of norse's surrogates none is the arctan.
    """

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        beta = task.lif.beta
        self.scale = 1 / (1 - beta)
        with torch.no_grad():
            for parameter in self.synapses.parameters():
                parameter.mul_(self.scale)

        def reset(spikes: Tensor, v: Tensor, _: Tensor, threshold: Tensor) -> Tensor:
            # What is taken now is decayed once before it counts.
            return v - spikes.detach() * (threshold / beta)

        parameters = LIFBoxParameters(
            tau_mem_inv=torch.tensor((1 - beta) / STEP_S, device=task.device),
            v_leak=torch.tensor(0.0, device=task.device),
            v_th=torch.tensor(task.lif.threshold, device=task.device),
            reset_method=reset,
        )
        self.neuron = LIFBoxCell(parameters, dt=STEP_S)

    def forward(self) -> Tensor:
        """Return the output spikes."""
        states = [None] * len(self.synapses.stages)
        output = []
        for spikes in self.frames:
            for index in range(len(states)):
                current = self.synapses.current(index, spikes)
                spikes, states[index] = self.neuron(current, states[index])  # noqa: PLW2901
            output.append(spikes)
        return torch.stack(output)

    def gradients(self) -> list[np.ndarray]:
        """Return the gradients with respect to the task's weights."""
        return [self.scale * gradient for gradient in super().gradients()]
