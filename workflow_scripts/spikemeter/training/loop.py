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

    def outputs(
        self, samples: Samples, index: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Run a batch.

        Returns
        -------
        outputs : Tensor of shape (batch, classes)
            Logits, or output spikes summed over the steps.
        spikes : float64 Tensor of shape (stages,), or (0,) for a ReLU network
        """
        if self.engine is None:
            plain = plain_forward(self.synapses, samples.plain(index))
            return plain, plain.new_zeros(0, dtype=torch.float64)
        activity = self.engine(self.synapses, samples.encoded(index, generator))
        return activity.output.sum(0), activity.spikes


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


class _Record:
    """What the batches of a pass gave, on the device; it is counted at the end.

    Counting batch by batch would be metered as work of the network.
    """

    def __init__(self) -> None:
        self.outputs: list[Tensor] = []
        self.losses: list[Tensor] = []
        self.spikes: list[Tensor] = []

    def add(self, outputs: Tensor, loss: Tensor, spikes: Tensor) -> None:
        self.outputs.append(outputs.detach())
        self.losses.append(loss.detach())
        self.spikes.append(spikes)

    def tally(self, model: Model, labels: Tensor) -> Tally:
        """Count; ``labels`` are in the order of the outputs."""
        outputs, stages = torch.cat(self.outputs), model.synapses.stages
        samples, classes = outputs.shape
        highest = outputs.max(1, keepdim=True).values
        # argmax may take any of several equal outputs; the first is reproducible.
        numbers = torch.arange(classes, device=outputs.device)
        predicted = torch.where(outputs == highest, numbers, classes).amin(1)
        # Outputs that are not numbers have no highest; the loss tells of them.
        pairs = labels * classes + predicted.clamp(max=classes - 1)
        sizes = outputs.new_tensor([len(batch) for batch in self.outputs]).double()
        loss = (torch.stack(self.losses).double() * sizes).sum() / samples
        spikes = torch.stack(self.spikes).sum(0).tolist()
        steps = model.settings.steps or 1
        return Tally(
            torch.bincount(pairs, minlength=classes**2)
            .reshape(classes, classes)
            .cpu()
            .numpy(),
            loss.item(),
            int(((outputs == highest).sum(1) > 1).sum()),
            int((highest == 0).sum()) if model.engine else 0,
            tuple(
                total / (stage.neurons * samples * steps)
                for total, stage in zip(spikes, stages, strict=False)
            ),
        )


def run_pass(
    model: Model,
    samples: Samples,
    order: Tensor,
    generator: torch.Generator,
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
    generator : torch.Generator
        For the encoding, on the samples' device.
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
    FloatingPointError
        If the loss or, with learning, a weight is not finite at the end of the
        pass. (Neurons fed with NaN stay silent, at a finite loss.)
    """
    order = order.to(samples.labels.device)
    record = _Record()
    loss_of = LOSSES[model.settings.loss]
    learning = optimiser is not None
    with torch.set_grad_enabled(learning):
        for index in order.split(model.settings.batch_size):
            labels = samples.labels[index]
            outputs, spikes = model.outputs(samples, index, generator)
            loss = loss_of(outputs, labels, model.settings.steps or 1)
            if optimiser is not None:
                optimiser.zero_grad(set_to_none=True)
                loss.backward()
                optimiser.step()
            record.add(outputs, loss, spikes)
            progress(len(index))
    tally = record.tally(model, samples.labels[order])
    if not np.isfinite(tally.loss):
        raise FloatingPointError(
            f"the loss is {tally.loss} but must stay finite; lower learning_rate "
            "in config.yaml"
        )
    if learning and not all(w.isfinite().all() for w in model.synapses.parameters()):
        raise FloatingPointError(
            "a weight is not finite but all must stay so; lower learning_rate in "
            "config.yaml"
        )
    return tally
