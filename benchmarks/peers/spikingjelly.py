"""SpikingJelly: synapses of all steps at once, then a neuron of its own or of ours."""

import torch
from spikingjelly.activation_based import functional, neuron, surrogate
from torch import Tensor

from benchmarks.peers.torch_peer import BatchedPeer
from benchmarks.workloads import Task


class LifNode(BatchedPeer):
    """``LIFNode``: the reset is decayed with the membrane, so not snnTorch's neuron."""

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self.neurons = torch.nn.ModuleList(self.neuron(task) for _ in task.stages)
        self.neurons.to(task.device)

    def neuron(self, task: Task) -> torch.nn.Module:
        """Return the neurons of one stage."""
        return neuron.LIFNode(
            tau=1 / (1 - task.lif.beta),
            decay_input=False,
            v_threshold=task.lif.threshold,
            v_reset=None,
            surrogate_function=surrogate.ATan(alpha=2.0),
            detach_reset=True,
            step_mode="m",
        )

    def reset(self) -> None:
        """Put the membranes at 0."""
        functional.reset_net(self.neurons)

    def fire(self, index: int, current: Tensor) -> Tensor:
        """Return the spikes of a stage."""
        return self.neurons[index](current)


class FlexNode(LifNode):
    """``FlexSN`` with snnTorch's equations as its core."""

    def neuron(self, task: Task) -> torch.nn.Module:
        """Return the neurons of one stage."""
        beta, threshold = task.lif.beta, task.lif.threshold

        def core(current: Tensor, membrane: Tensor) -> tuple[Tensor, Tensor]:
            membrane = beta * membrane + current
            spikes = surrogate.atan.apply(membrane - threshold, 2.0)
            # What is taken now is decayed once before it counts.
            return spikes, membrane - spikes.detach() * (threshold / beta)

        return neuron.FlexSN(core, num_states=1, step_mode="m")


class CupyNode(LifNode):
    """``LIFNode`` with the CuPy backend, which SpikingJelly had before release 2."""

    def neuron(self, task: Task) -> torch.nn.Module:
        """Return the neurons of one stage."""
        made = super().neuron(task)
        made.backend = "cupy"
        return made
