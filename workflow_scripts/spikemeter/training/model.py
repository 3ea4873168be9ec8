"""A network, how it runs and learns batch by batch, and its optimiser."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import Parameter

from spikemeter.engines.cuda.graphs import Function, Recordings
from spikemeter.engines.interface import Engine
from spikemeter.engines.registry import ENGINES
from spikemeter.engines.resolution import resolve_engine
from spikemeter.networks.description import NetworkDescription
from spikemeter.networks.layers import Synapses, plain_forward
from spikemeter.networks.losses.registry import LOSSES
from spikemeter.training.samples import Samples


class Result(NamedTuple):
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

    ``engine`` runs a spiking network; one without spikes is run by PyTorch, and on CUDA
    replayed, as engines replay spiking ones: else its many small launches would make it
    look slow next to them.
    """

    synapses: Synapses
    settings: NetworkDescription
    engine: Engine | None = None
    recordings: Recordings = field(default_factory=Recordings)

    def run(self, samples: Samples, index: Tensor, key: int) -> Result:
        """Run a batch: the samples ``index``, encoded with ``key``."""
        with torch.no_grad():
            if self.engine is None:
                return self._compute_plain(self._run_plain, samples, index)
            activity = self.engine.run(self.synapses, samples.encoded(index, key))
            outputs = activity.output.sum(0)
            loss = self._loss(outputs, samples.labels[index])
            return Result(outputs, loss, activity.spikes)

    def learn(self, samples: Samples, index: Tensor, key: int) -> Result:
        """Run a batch and set the gradients of its loss."""
        if self.engine is None:
            return self._compute_plain(self._learn_plain, samples, index)
        labels, inputs = samples.labels[index], samples.encoded(index, key)
        activity, loss = self.engine.learn(
            self.synapses, inputs, labels, self.settings.loss
        )
        return Result(activity.output.sum(0), loss, activity.spikes)

    def _compute_plain(
        self, function: Function, samples: Samples, index: Tensor
    ) -> Result:
        """Compute a batch, from a recording where there is one; set the gradients."""
        given = samples.plain(index), samples.labels[index]
        parameters = list(self.synapses.parameters())
        found = self.recordings(function.__name__, function, given, parameters)
        outputs, loss, *gradients = found
        for parameter, gradient in zip(parameters, gradients, strict=False):
            parameter.grad = gradient
        return Result(outputs, loss, outputs.new_zeros(0, dtype=torch.float64))

    def _run_plain(self, batch: Tensor, labels: Tensor) -> list[Tensor]:
        outputs = plain_forward(self.synapses, batch)
        return [outputs, self._loss(outputs, labels)]

    def _learn_plain(self, batch: Tensor, labels: Tensor) -> list[Tensor]:
        outputs, loss = self._run_plain(batch, labels)
        gradients = torch.autograd.grad(loss, list(self.synapses.parameters()))
        return [outputs.detach(), loss.detach(), *gradients]

    def _loss(self, outputs: Tensor, labels: Tensor) -> Tensor:
        return LOSSES[self.settings.loss](outputs, labels, self.settings.steps or 1)


def name_engine(settings: NetworkDescription, device: torch.device) -> str:
    """Return the name of the engine, ``plain`` for a network that does not spike."""
    if not settings.spiking:
        return "plain"
    return resolve_engine(settings.engine or "auto", device.type, settings)


def make_engine(settings: NetworkDescription, device: torch.device) -> Engine | None:
    """Return the engine of a network on a device, None if it does not spike."""
    if not settings.spiking:
        return None
    return ENGINES[name_engine(settings, device)].make(settings)


def make_adam(
    parameters: Iterable[Parameter], learning_rate: float
) -> torch.optim.Adam:
    """Return Adam as one operation over all parameters.

    Its results equal those of PyTorch's plain Adam up to rounding.

    References
    ----------
    Kingma and Ba 2015, Adam, arXiv:1412.6980
    """
    optimiser = torch.optim.Adam(parameters, lr=learning_rate, fused=True)
    optimiser.register_step_pre_hook(_make_gradients_contiguous)
    return optimiser


def _make_gradients_contiguous(optimiser: torch.optim.Optimizer, *_: object) -> None:
    """Copy the gradients that engines return as views.

    PyTorch 2.15's fused Adam on the CPU reads any gradient as if it were contiguous.
    """
    for parameter in optimiser.param_groups[0]["params"]:
        if parameter.grad is not None:
            parameter.grad = parameter.grad.contiguous()
