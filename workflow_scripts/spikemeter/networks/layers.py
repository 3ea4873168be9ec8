"""From stages to synapses: one module for the spiking network and its plain twin."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from spikemeter.networks.notation import Stage


class Synapses(nn.Module):
    """The weights of a network, without neurons, and what they do to an input.

    Weights are drawn from He's uniform distribution for rectifiers with
    ``generator``; biases start at 0.

    Parameters
    ----------
    stages : sequence of Stage
        From :func:`spikemeter.networks.notation.parse_layers`.
    generator : torch.Generator
        Seeded source of the initial weights, on the CPU.

    References
    ----------
    He et al. 2015, Delving deep into rectifiers, arXiv:1502.01852
    """

    def __init__(self, stages: Sequence[Stage], generator: torch.Generator) -> None:
        super().__init__()
        self.stages = tuple(stages)
        layers = [
            nn.Linear(math.prod(stage.in_shape), stage.out_shape[0])
            if stage.kind == "linear"
            else nn.Conv2d(
                *(stage.in_shape[0], stage.out_shape[0], stage.kernel),
                padding=stage.padding,
            )
            for stage in stages
        ]
        self.layers = nn.ModuleList(layers)
        for layer in layers:
            nn.init.kaiming_uniform_(
                layer.weight, nonlinearity="relu", generator=generator
            )
            nn.init.constant_(layer.get_parameter("bias"), 0.0)

    def current(self, index: int, activity: Tensor) -> Tensor:
        """Return what stage ``index``, from 0, feeds its neurons: (batch, *out_shape).

        ``activity``, pixels or the spikes of the stage before, may have any shape of
        the size of (batch, *in_shape).
        """
        stage = self.stages[index]
        flat = stage.kind == "linear"
        entry = (math.prod(stage.in_shape),) if flat else stage.in_shape
        current = self.layers[index](activity.reshape(-1, *entry))
        if stage.pool > 1:
            current = functional.max_pool2d(current, stage.pool)
        return current


def plain_forward(network: Synapses, batch: Tensor) -> Tensor:
    """Return the logits, (batch, classes), of the conventional twin.

    It has rectifiers between the stages and none at the end; ``batch`` has the shape
    (batch, channels, height, width).
    """
    activity = batch
    for index in range(len(network.stages) - 1):
        activity = functional.relu(network.current(index, activity))
    return network.current(len(network.stages) - 1, activity)
