"""One pass over samples, with or without learning, and its counts."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

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
        Samples by true class (row) and predicted class (column). Of several classes
        that share the highest output, the lowest counts as predicted.
    correct : float
        Samples that would be classified right if ties were broken at random: the
        expectation, see :func:`expect_correct`.
    loss : float
        Mean over the samples.
    tied : int
        Samples whose highest output was shared by several classes. Includes the silent
        ones.
    silent : int or None
        Samples for which no output neuron fired; None for a ReLU network.
    spikes_per_neuron_step : tuple of float
        Mean over samples, neurons and steps, for each stage; empty for ReLU.
    """

    confusion: np.ndarray
    correct: float
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
        """Share of samples classified right, each tie by its lowest class."""
        return float(np.trace(self.confusion) / self.samples)

    @property
    def expected_accuracy(self) -> float:
        """Share of samples classified right, expected over ties broken at random."""
        return self.correct / self.samples

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


class Decoded(NamedTuple):
    """The decoded outputs of samples: tensors of shape (..., samples).

    Attributes
    ----------
    predicted : int64 Tensor
        The class with the highest output, the lowest one if several share it.
    highest : int64 Tensor
        How many classes share the highest output.
    right : bool Tensor
        Whether the sample's own class is one of them.
    silent : bool Tensor
        Whether the highest output is 0.
    """

    predicted: Tensor
    highest: Tensor
    right: Tensor
    silent: Tensor

    @property
    def tied(self) -> Tensor:
        """Whether several classes share the highest output."""
        return self.highest > 1

    def count_right(self, classes: int) -> Tensor:
        """Count samples whose class shares the highest output, by how many share it.

        Returns int64 of shape (..., classes); place k - 1 is for k classes.
        """
        numbers = torch.arange(1, classes + 1, device=self.highest.device)
        return ((self.highest * self.right)[..., None] == numbers).sum(-2)


def decode(outputs: Tensor, labels: Tensor) -> Decoded:
    """Decode logits or counts of output spikes, of shape (..., samples, classes).

    ``labels``, of shape (samples,), are the classes of the samples.
    """
    classes = outputs.shape[-1]
    top = outputs.amax(-1, keepdim=True)
    shares = outputs == top
    # argmax may take any of several equal outputs; the first is reproducible.
    numbers = torch.arange(classes, device=outputs.device)
    predicted = torch.where(shares, numbers, classes).amin(-1)
    # NaN outputs have no highest one; the loss reveals them.
    predicted = predicted.clamp(max=classes - 1)
    own = labels.expand(predicted.shape)[..., None]
    right = shares.gather(-1, own).squeeze(-1)
    return Decoded(predicted, shares.sum(-1), right, top.squeeze(-1) == 0)


def expect_correct(counts: Tensor) -> np.ndarray:
    """Return how many samples are right if ties are broken at random: expectations.

    Of k classes that share the highest output, each is taken with the probability 1/k.
    ``counts`` are those of :meth:`Decoded.count_right`, of shape (..., classes): whole
    numbers, added up in one order, so that neither batches nor threads nor the device
    change the sum.

    >>> expect_correct(torch.tensor([7, 2, 0])).item()
    8.0
    """
    by_number = np.moveaxis(counts.cpu().numpy(), -1, 0)
    return np.asarray(sum(found / k for k, found in enumerate(by_number, start=1)))


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
    decoded = decode(outputs, labels)
    pairs = labels * classes + decoded.predicted
    confusion = torch.bincount(pairs, minlength=classes**2).view(classes, classes)
    sizes = outputs.new_tensor([len(batch) for batch in batches]).double()
    loss = (torch.stack(losses).double() * sizes).sum() / samples
    totals = torch.stack(spikes).sum(0).tolist()
    steps = model.settings.steps or 1
    rates = zip(totals, model.synapses.stages, strict=False)
    return Tally(
        confusion.cpu().numpy(),
        expect_correct(decoded.count_right(classes)).item(),
        loss.item(),
        int(decoded.tied.sum()),
        int(decoded.silent.sum()) if model.settings.spiking else None,
        tuple(total / (stage.neurons * samples * steps) for total, stage in rates),
    )
