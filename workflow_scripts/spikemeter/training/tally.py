"""The counts of one pass over samples."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from spikemeter.training.model import Model, Result


@dataclass(frozen=True)
class Tally:
    """The scores and spikes of one pass.

    Attributes
    ----------
    confusion : int64 array of shape (classes, classes)
        Samples by true class (row) and predicted class (column).
    loss : float
        Mean over the samples.
    tied : int
        Samples whose highest output was shared by several classes, of which the
        lowest counts as predicted. Includes the silent ones.
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


@dataclass(frozen=True)
class Decoded:
    """The classes decoded from outputs; all of shape (..., samples).

    Attributes
    ----------
    predicted : int64 Tensor
        The class with the highest output; the lowest one if several share it.
    tied : bool Tensor
        Whether several classes share it.
    silent : bool Tensor
        Whether the highest output was 0.
    """

    predicted: Tensor
    tied: Tensor
    silent: Tensor


def decode(outputs: Tensor) -> Decoded:
    """Decode logits or counts of output spikes, of shape (..., samples, classes)."""
    classes = outputs.shape[-1]
    highest = outputs.amax(-1, keepdim=True)
    # argmax may take any of several equal outputs; the first is reproducible.
    numbers = torch.arange(classes, device=outputs.device)
    predicted = torch.where(outputs == highest, numbers, classes).amin(-1)
    return Decoded(
        # NaN outputs have no highest one; the loss reveals them.
        predicted.clamp(max=classes - 1),
        (outputs == highest).sum(-1) > 1,
        highest.squeeze(-1) == 0,
    )


def tally_results(model: Model, results: list[Result], labels: Tensor) -> Tally:
    """Count the results of batches; ``labels`` are in the order of the outputs."""
    outputs = torch.cat([result.outputs for result in results])
    samples, classes = outputs.shape
    decoded = decode(outputs)
    pairs = labels * classes + decoded.predicted
    confusion = torch.bincount(pairs, minlength=classes**2).view(classes, classes)
    sizes = outputs.new_tensor([len(result.outputs) for result in results]).double()
    losses = torch.stack([result.loss for result in results]).double()
    spikes = torch.stack([result.spikes for result in results]).sum(0).tolist()
    steps = model.settings.steps or 1
    return Tally(
        confusion.cpu().numpy(),
        ((losses * sizes).sum() / samples).item(),
        int(decoded.tied.sum()),
        int(decoded.silent.sum()) if model.settings.spiking else 0,
        tuple(
            total / (stage.neurons * samples * steps)
            for total, stage in zip(spikes, model.synapses.stages, strict=False)
        ),
    )
