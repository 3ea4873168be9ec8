"""One pass over samples, with or without learning, and its counts."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from spikemeter.training.model import Model, Result
from spikemeter.training.samples import Samples

Progress = Callable[[int], object]


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
    silent : int or None
        Samples for which no output neuron fired; None for a ReLU network.
    spikes_per_neuron_step : tuple of float
        Mean over samples, neurons and steps, for each stage; empty for ReLU.
    """

    confusion: np.ndarray
    loss: float
    tied: int
    silent: int | None
    spikes_per_neuron_step: tuple[float, ...]

    @property
    def samples(self) -> int:
        """Number of samples seen."""
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        """Share of samples classified right."""
        return float(np.trace(self.confusion) / self.samples)

    def as_row(self, prefix: str) -> dict[str, Any]:
        """Return columns of epochs.csv; ``prefix`` precedes each name."""
        silent, rates = self.silent, self.spikes_per_neuron_step
        row = {
            "accuracy": self.accuracy,
            "loss": self.loss,
            "silent_share": None if silent is None else silent / self.samples,
            "tied_share": self.tied / self.samples,
            **{f"spikes_per_neuron_step_{i}": rate for i, rate in enumerate(rates, 1)},
        }
        return {prefix + name: value for name, value in row.items()}


def decode(outputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Decode logits or counts of output spikes, of shape (..., samples, classes).

    Returns, of shape (..., samples), the class with the highest output (the lowest one
    if several share it), whether several share it, and whether it is 0.
    """
    classes = outputs.shape[-1]
    highest = outputs.amax(-1, keepdim=True)
    # argmax may take any of several equal outputs; the first is reproducible.
    numbers = torch.arange(classes, device=outputs.device)
    predicted = torch.where(outputs == highest, numbers, classes).amin(-1)
    # NaN outputs have no highest one; the loss reveals them.
    predicted = predicted.clamp(max=classes - 1)
    return predicted, (outputs == highest).sum(-1) > 1, highest.squeeze(-1) == 0


@contextmanager
def explain_lack_of_memory(batch: int) -> Iterator[None]:
    """Turn the lack of memory for a batch into a RuntimeError that says what to do."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        # On a CPU torch has no exception class for it.
        kinds = (torch.OutOfMemoryError, MemoryError)
        if not isinstance(error, kinds) and "DefaultCPUAllocator" not in str(error):
            raise
        found = " ".join(str(error).split()) or type(error).__name__
        raise RuntimeError(
            f"the memory does not hold a batch of {batch} samples: lower the "
            f"network's batch_size in config.yaml ({found})"
        ) from error


def run_pass(
    model: Model,
    samples: Samples,
    order: Tensor,
    key: int,
    optimiser: torch.optim.Optimizer | None = None,
    progress: Progress = lambda _samples: None,
) -> Tally:
    """Run the network over samples, and learn from each batch with an optimiser.

    Parameters
    ----------
    order : int64 Tensor of shape (n,)
        Sample numbers in the order in which they are seen; the last batch may be
        smaller, no sample is left out.
    key : int
        For the encoding, see :func:`spikemeter.training.randomness.derive_key`.
    optimiser : torch.optim.Optimizer, optional
        Without it the weights stay as they are; with it, the tally is of the outputs
        before each update.
    progress : callable
        Called with the number of samples of each finished batch.

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
        with explain_lack_of_memory(len(index)):
            if optimiser is None:
                results.append(model.run(samples, index, key))
            else:
                results.append(model.learn(samples, index, key))
                optimiser.step()
        progress(len(index))
    # Counted at the end: per batch it would be metered as the network's work.
    tally = _count(model, results, samples.labels[order])
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


def _count(model: Model, results: Sequence[Result], labels: Tensor) -> Tally:
    """Count the results of batches; ``labels`` are in the order of the outputs."""
    batches, losses, spikes = zip(*results, strict=True)
    outputs = torch.cat(batches)
    samples, classes = outputs.shape
    predicted, tied, silent = decode(outputs)
    pairs = labels * classes + predicted
    confusion = torch.bincount(pairs, minlength=classes**2).view(classes, classes)
    sizes = outputs.new_tensor([len(batch) for batch in batches]).double()
    loss = (torch.stack(losses).double() * sizes).sum() / samples
    totals = torch.stack(spikes).sum(0).tolist()
    steps = model.settings.steps or 1
    rates = zip(totals, model.synapses.stages, strict=False)
    return Tally(
        confusion.cpu().numpy(),
        loss.item(),
        int(tied.sum()),
        int(silent.sum()) if model.settings.spiking else None,
        tuple(total / (stage.neurons * samples * steps) for total, stage in rates),
    )
