"""A network and how it runs, batch by batch."""

from dataclasses import dataclass

import torch
from torch import Tensor

from spikemeter.engines.interface import Engine
from spikemeter.networks.description import NetworkDescription
from spikemeter.networks.layers import Synapses, plain_forward
from spikemeter.networks.losses.registry import LOSSES
from spikemeter.training.samples import Samples


@dataclass(frozen=True)
class Result:
    """The result of a batch, on the device and without gradients.

    Attributes
    ----------
    outputs : Tensor of shape (batch, classes)
        Logits, or output spikes summed over the steps.
    loss : Tensor of shape ()
        Mean over the batch.
    spikes : float64 Tensor of shape (stages,), or (0,) for a ReLU network
        Spikes of all neurons of a stage over all steps and samples.
    """

    outputs: Tensor
    loss: Tensor
    spikes: Tensor


@dataclass(frozen=True)
class Model:
    """A network and the way it is run.

    Attributes
    ----------
    synapses : Synapses
    settings : NetworkDescription
    engine : Engine or None
        None for a ReLU network.
    """

    synapses: Synapses
    settings: NetworkDescription
    engine: Engine | None

    def run(self, samples: Samples, index: Tensor, key: int) -> Result:
        """Run a batch: the samples ``index``, encoded with ``key``."""
        labels = samples.labels[index]
        with torch.no_grad():
            if self.engine is None:
                outputs = plain_forward(self.synapses, samples.plain(index))
                return _plain_result(outputs, self._loss(outputs, labels))
            activity = self.engine.run(self.synapses, samples.encoded(index, key))
            outputs = activity.output.sum(0)
            return Result(outputs, self._loss(outputs, labels), activity.spikes)

    def learn(self, samples: Samples, index: Tensor, key: int) -> Result:
        """Run a batch and set the gradients of its loss."""
        labels = samples.labels[index]
        if self.engine is None:
            self.synapses.zero_grad()
            outputs = plain_forward(self.synapses, samples.plain(index))
            loss = self._loss(outputs, labels)
            loss.backward()
            return _plain_result(outputs, loss)
        activity, loss = self.engine.learn(
            self.synapses, samples.encoded(index, key), labels, self.settings.loss
        )
        return Result(activity.output.sum(0), loss, activity.spikes)

    def _loss(self, outputs: Tensor, labels: Tensor) -> Tensor:
        return LOSSES[self.settings.loss](outputs, labels, self.settings.steps or 1)


def _plain_result(outputs: Tensor, loss: Tensor) -> Result:
    no_spikes = outputs.new_zeros(0, dtype=torch.float64)
    return Result(outputs.detach(), loss.detach(), no_spikes)
