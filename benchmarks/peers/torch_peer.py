"""What the candidates that compute with PyTorch share."""

from abc import ABC, abstractmethod

import numpy as np
import torch
from torch import Tensor

from benchmarks.workloads import Task
from spikemeter.networks.layers import Synapses
from spikemeter.networks.losses.registry import LOSSES
from spikemeter.training.model import make_adam

# Adam costs the same at any rate; at this one the weights, and with them the activity
# on which some candidates' speed depends, stay those that were trained.
LEARNING_RATE = 1e-9


def gradients(synapses: Synapses) -> list[np.ndarray]:
    """Return the gradients that the parameters hold, weight and bias in turn."""
    return [
        parameter.grad.cpu().numpy()
        for parameter in synapses.parameters()
        if parameter.grad is not None
    ]


class TorchPeer(ABC):
    """A network whose output is made by ``forward`` and differentiated by autograd.

    Parameters
    ----------
    task : Task
    """

    def __init__(self, task: Task) -> None:
        self.synapses = task.synapses()
        self.frames = task.frames
        self.labels = task.labels
        self.loss = LOSSES[task.loss]
        self.optimiser = make_adam(self.synapses.parameters(), LEARNING_RATE)

    @abstractmethod
    def forward(self) -> Tensor:
        """Return the output spikes, (steps, batch, classes)."""

    def train_step(self) -> float:
        """Do one update and return the loss."""
        self.optimiser.zero_grad(set_to_none=True)
        output = self.forward()
        loss = self.loss(output.sum(0), self.labels, len(output))
        loss.backward()
        self.optimiser.step()
        return loss.item()

    def infer(self) -> np.ndarray:
        """Return the output spikes."""
        with torch.no_grad():
            return self.forward().cpu().numpy()

    def gradients(self) -> list[np.ndarray]:
        """Return the gradients of the last update, weight and bias in turn."""
        return gradients(self.synapses)


class BatchedPeer(TorchPeer):
    """Synapses of all steps at once, then the neurons of the stage through time."""

    def forward(self) -> Tensor:
        """Return the output spikes."""
        self.reset()
        steps, batch = self.frames.shape[:2]
        activity = self.frames.flatten(0, 1)
        for index in range(len(self.synapses.stages)):
            current = self.synapses.current(index, activity)
            activity = self.fire(index, current.unflatten(0, (steps, batch)))
            activity = activity.flatten(0, 1)
        return activity.unflatten(0, (steps, batch))

    @abstractmethod
    def reset(self) -> None:
        """Put the membranes at 0."""

    @abstractmethod
    def fire(self, index: int, current: Tensor) -> Tensor:
        """Return the spikes of a stage, both (steps, batch, *out_shape)."""
