"""The training of one network, epoch by epoch, metered and resumable."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from spikemeter.engines.registry import ENGINES
from spikemeter.engines.resolution import resolve_engine
from spikemeter.files import DamagedFileError
from spikemeter.metering.meter import Meter
from spikemeter.networks.description import NetworkDescription
from spikemeter.networks.layers import Synapses
from spikemeter.training.checkpoint import READ_ERRORS, Checkpoint, read_state
from spikemeter.training.history import History, Row, collect_state, resume
from spikemeter.training.journal import Journal
from spikemeter.training.loop import Progress, run_pass
from spikemeter.training.model import Model
from spikemeter.training.optimiser import make_adam
from spikemeter.training.randomness import derive_key, make_generator
from spikemeter.training.samples import Samples, split_samples
from spikemeter.training.tally import Tally

log = logging.getLogger(__name__)

Bar = Callable[[str, int], AbstractContextManager[Progress]]


def build_model(settings: NetworkDescription, seed: int, device: torch.device) -> Model:
    """Return a network with initial weights drawn from ``seed``.

    The weights do not depend on the neuron: a spiking network and its conventional
    twin start from the same ones.
    """
    synapses = Synapses(settings.stages, make_generator(seed, "weights")).to(device)
    if not settings.spiking:
        return Model(synapses, settings)
    engine = ENGINES[name_engine(settings, device)].make(settings)
    return Model(synapses, settings, engine)


def name_engine(settings: NetworkDescription, device: torch.device) -> str:
    """Return the name of the engine, ``plain`` for a network that does not spike."""
    if not settings.spiking:
        return "plain"
    return resolve_engine(settings.engine or "auto", device.type, settings)


def load_parameters(model: Model, path: str) -> None:
    """Load the parameters that a training saved into a model.

    Raises
    ------
    ValueError
        If the file is damaged or of another network.
    """
    try:
        model.synapses.load_state_dict(read_state(Path(path)))
    except READ_ERRORS as error:
        raise DamagedFileError(path, type(error).__name__) from error


def train(
    model: Model,
    samples: Samples,
    seed: int,
    meter: Meter,
    checkpoint: Checkpoint,
    bar: Bar,
) -> History:
    """Train a network and keep the epoch that validates best.

    Parameters
    ----------
    model : Model
        Fresh from :func:`build_model`.
    samples : Samples
        The training samples; a share of them validates.
    seed : int
    meter : Meter
        Open, its baseline taken.
    checkpoint : Checkpoint
        Keeps the state after every epoch; training continues from it if it fits.
    bar : callable
        Takes a title and a number of samples; returns a context that shows progress.
    """
    settings = model.settings
    optimiser = make_adam(model.synapses.parameters(), settings.learning_rate)
    history = resume(model, optimiser, checkpoint)
    journal = Journal(checkpoint.path.with_name("unsaved.json"), checkpoint.key, meter)
    history.remember_lost(journal)
    training, validation = split_samples(
        len(samples.labels), settings.validation_fraction, make_generator(seed, "split")
    )
    n_sampled = 0
    with meter.phase("training") as whole:
        journal.restart(history.sessions, len(history.rows), history.lost)
        for epoch in range(len(history.rows) + 1, settings.epochs + 1):
            stream = make_generator(seed, "order", epoch)
            order = training[torch.randperm(len(training), generator=stream)]
            title = f"epoch {epoch}/{settings.epochs}"
            with bar(title, len(samples.labels)) as show:

                def progress(count: int, show: Progress = show) -> None:
                    show(count)
                    journal.note()

                work = _Epoch(model, samples, seed, epoch, progress)
                row = work.run(meter, order, validation, optimiser)
            history.rows.append(row)
            new = meter.samples(n_sampled)
            history.samples += [(history.sessions, *sample) for sample in new]
            n_sampled += len(new)
            history.missing |= meter.missing
            history.keep_best(model)
            log.info("%s", describe_epoch(row))
            if checkpoint.is_due():
                checkpoint.save(collect_state(model, optimiser, history))
                journal.restart(history.sessions, epoch, history.lost)
    history.reading = whole.reading
    seconds = whole.reading.seconds
    log.info("checkpoints took %.2f of %.2f s", checkpoint.spent_s, seconds)
    return history


@dataclass(frozen=True)
class _Epoch:
    """One epoch: a pass that learns, then a pass that validates."""

    model: Model
    samples: Samples
    seed: int
    number: int
    progress: Progress

    def run(
        self,
        meter: Meter,
        training: Tensor,
        validation: Tensor,
        optimiser: torch.optim.Optimizer,
    ) -> Row:
        """Return the row of epochs.csv."""
        with meter.phase("epoch") as whole:
            with meter.phase("train") as learning:
                learned = self._pass("train", training, optimiser)
            with meter.phase("validation") as validating:
                validated = self._pass("validation", validation, None)
        return {
            "epoch": self.number,
            **whole.reading.as_row(""),
            **_tally_row("train_", learned),
            **learning.reading.as_row("train_"),
            **_tally_row("val_", validated),
            **validating.reading.as_row("val_"),
        }

    def _pass(
        self, part: str, order: Tensor, optimiser: torch.optim.Optimizer | None
    ) -> Tally:
        draws = derive_key(self.seed, part, self.number)
        return run_pass(
            self.model, self.samples, order, draws, optimiser, self.progress
        )


def describe_epoch(row: Row) -> str:
    """Return one line about an epoch."""
    return (
        f"epoch {row['epoch']}: training accuracy {row['train_accuracy']:.4f}, "
        f"validation accuracy {row['val_accuracy']:.4f}, loss {row['train_loss']:.4f}, "
        f"{row['seconds']:.1f} s"
    )


def _tally_row(prefix: str, tally: Tally) -> Row:
    """Return the columns of epochs.csv for one pass."""
    rates = tally.spikes_per_neuron_step
    spiking = bool(rates)
    row: Row = {
        "accuracy": tally.accuracy,
        "loss": tally.loss,
        "silent_share": tally.silent / tally.samples if spiking else None,
        "tied_share": tally.tied / tally.samples,
    }
    row |= {f"spikes_per_neuron_step_{i}": rate for i, rate in enumerate(rates, 1)}
    return {prefix + name: value for name, value in row.items()}
