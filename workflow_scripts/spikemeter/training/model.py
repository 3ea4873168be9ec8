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
    spikes : float64 Tensor of shape (stages,), or (0,) for a network without spikes
        Spikes of all neurons of a stage over all steps and samples.
    """

    outputs: Tensor
    loss: Tensor
    spikes: Tensor


@dataclass(frozen=True)
class Model:
    """A network with its weights; :func:`spikemeter.training.run.build_model` makes it.

    Attributes
    ----------
    synapses : Synapses
    settings : NetworkDescription
    engine : Engine or None
        Runs a spiking network; one without spikes is run by PyTorch.
    """

    synapses: Synapses
    settings: NetworkDescription
    engine: Engine | None = None

    def run(self, samples: Samples, index: Tensor, key: int) -> Result:
        """Run a batch: the samples ``index``, encoded with ``key``."""
        with torch.no_grad():
            if self.engine is None:
                return self._forward(samples, index)
            activity = self.engine.run(self.synapses, samples.encoded(index, key))
            outputs = activity.output.sum(0)
            loss = self._loss(outputs, samples.labels[index])
            return Result(outputs, loss, activity.spikes)

    def learn(self, samples: Samples, index: Tensor, key: int) -> Result:
        """Run a batch and set the gradients of its loss."""
        if self.engine is None:
            self.synapses.zero_grad()
            result = self._forward(samples, index)
            result.loss.backward()
            return Result(result.outputs.detach(), result.loss.detach(), result.spikes)
        activity, loss = self.engine.learn(
            self.synapses,
            samples.encoded(index, key),
            samples.labels[index],
            self.settings.loss,
        )
        return Result(activity.output.sum(0), loss, activity.spikes)

    def _forward(self, samples: Samples, index: Tensor) -> Result:
        outputs = plain_forward(self.synapses, samples.plain(index))
        no_spikes = outputs.new_zeros(0, dtype=torch.float64)
        return Result(outputs, self._loss(outputs, samples.labels[index]), no_spikes)

    def _loss(self, outputs: Tensor, labels: Tensor) -> Tensor:
        return LOSSES[self.settings.loss](outputs, labels, self.settings.steps or 1)
