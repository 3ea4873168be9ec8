"""One pass over samples, with or without learning."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from spikemeter.engines.interface import Engine
from spikemeter.networks.layers import Synapses, plain_forward
from spikemeter.networks.losses import LOSSES
from spikemeter.settings import NetworkSettings
from spikemeter.training.samples import Samples

Progress = Callable[[int], object]


@dataclass(frozen=True)
class Result:
    """What a batch gave, on the device and without gradients.

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
    settings : NetworkSettings
    engine : Engine or None
        None for a ReLU network.
    """

    synapses: Synapses
    settings: NetworkSettings
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


@dataclass(frozen=True)
class Tally:
    """What one pass found.

    Attributes
    ----------
    confusion : int64 array of shape (classes, classes)
        Samples by true class (row) and predicted class (column).
    loss : float
        Mean over the samples.
    tied : int
        Samples whose highest output was shared by several classes; the lowest
        of these classes was taken. Includes the silent ones.
    silent : int
        Samples for which no output neuron fired; 0 for a ReLU network.
    spikes_per_neuron_step : tuple of float
        Mean over samples, neurons and steps, for each stage; empty for ReLU.
    """

    confusion: np.ndarray
    loss: float
    tied: int
    silent: int
    spikes_per_neuron_step: tuple[float, ...]

    @property
    def samples(self) -> int:
        """Number of samples seen."""
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        """Share of samples classified right."""
        return float(np.trace(self.confusion) / self.samples)


def _tally(model: Model, results: list[Result], labels: Tensor) -> Tally:
    """Count what the batches gave; ``labels`` are in the order of the outputs."""
    outputs = torch.cat([result.outputs for result in results])
    samples, classes = outputs.shape
    highest = outputs.max(1, keepdim=True).values
    # argmax may take any of several equal outputs; the first is reproducible.
    numbers = torch.arange(classes, device=outputs.device)
    predicted = torch.where(outputs == highest, numbers, classes).amin(1)
    # Outputs that are not numbers have no highest; the loss tells of them.
    pairs = labels * classes + predicted.clamp(max=classes - 1)
    confusion = torch.bincount(pairs, minlength=classes**2).view(classes, classes)
    sizes = outputs.new_tensor([len(result.outputs) for result in results]).double()
    losses = torch.stack([result.loss for result in results]).double()
    spikes = torch.stack([result.spikes for result in results]).sum(0).tolist()
    steps = model.settings.steps or 1
    return Tally(
        confusion.cpu().numpy(),
        ((losses * sizes).sum() / samples).item(),
        int(((outputs == highest).sum(1) > 1).sum()),
        int((highest == 0).sum()) if model.engine else 0,
        tuple(
            total / (stage.neurons * samples * steps)
            for total, stage in zip(spikes, model.synapses.stages, strict=False)
        ),
    )


def _out_of_memory(error: RuntimeError | MemoryError) -> bool:
    """Tell whether memory ran out; on the processor torch has no class for it."""
    kinds = (torch.OutOfMemoryError, MemoryError)
    return isinstance(error, kinds) or "DefaultCPUAllocator" in str(error)


def run_pass(
    model: Model,
    samples: Samples,
    order: Tensor,
    key: int,
    optimiser: torch.optim.Optimizer | None = None,
    progress: Progress = lambda _samples: None,
) -> Tally:
    """Run the network over samples, and learn from each batch if told how.

    Parameters
    ----------
    model : Model
    samples : Samples
    order : int64 Tensor of shape (n,)
        Sample numbers in the order in which they are seen; the last batch may be
        smaller, no sample is left out.
    key : int
        For the encoding, see :func:`spikemeter.training.randomness.key`.
    optimiser : torch.optim.Optimizer, optional
        Without it the weights stay as they are.
    progress : callable
        Called with the number of samples of each finished batch.

    Returns
    -------
    Tally
        With learning, of the outputs before each update.

    Raises
    ------
    RuntimeError
        If the memory of the device does not hold a batch.
    FloatingPointError
        If the loss or a weight is not finite at the end of the pass. (Neurons fed
        with NaN stay silent, at a finite loss.)
    """
    order = order.to(samples.labels.device)
    results = []
    for index in order.split(model.settings.batch_size):
        try:
            if optimiser is None:
                results.append(model.run(samples, index, key))
            else:
                results.append(model.learn(samples, index, key))
                optimiser.step()
        except (RuntimeError, MemoryError) as error:
            if not _out_of_memory(error):
                raise
            found = " ".join(str(error).split()) or type(error).__name__
            raise RuntimeError(
                f"the memory does not hold a batch of {len(index)} samples: lower the "
                f"network's batch_size in config.yaml ({found})"
            ) from error
        progress(len(index))
    # Counted at the end: batch by batch it would be metered as the network's work.
    tally = _tally(model, results, samples.labels[order])
    if not np.isfinite(tally.loss):
        raise FloatingPointError(
            f"the loss is {tally.loss} but must stay finite; lower learning_rate "
            "in config.yaml"
        )
    if not all(weight.isfinite().all() for weight in model.synapses.parameters()):
        raise FloatingPointError(
            "a weight is not finite but all must stay so; lower learning_rate in "
            "config.yaml"
        )
    return tally
