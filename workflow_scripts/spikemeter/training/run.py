"""The training of one network, epoch by epoch, metered and resumable."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

import torch

from spikemeter.engines.registry import ENGINES
from spikemeter.engines.resolution import resolve_engine
from spikemeter.metering.meter import Meter
from spikemeter.networks.description import NetworkDescription
from spikemeter.networks.layers import Synapses
from spikemeter.training.checkpoint import Checkpoint
from spikemeter.training.history import History, Journal, Row, resume
from spikemeter.training.loop import Progress, Tally, run_pass
from spikemeter.training.model import Model, make_adam
from spikemeter.training.randomness import derive_key, make_generator
from spikemeter.training.samples import Samples, split_samples

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
    journal = Journal(checkpoint, meter, history)
    training, validation = split_samples(
        len(samples.labels), settings.validation_fraction, make_generator(seed, "split")
    )
    if settings.spiking:  # what an encoding loads or compiles must not be metered
        samples.encoded(training[:1].to(samples.labels.device), 0).dense()
    n_sampled = 0
    with meter.phase("training") as whole:
        journal.restart()
        for epoch in range(len(history.rows) + 1, settings.epochs + 1):
            stream = make_generator(seed, "order", epoch)
            order = training[torch.randperm(len(training), generator=stream)]
            title = f"epoch {epoch}/{settings.epochs}"
            with bar(title, len(samples.labels)) as show:

                def progress(count: int, show: Progress = show) -> None:
                    show(count)
                    journal.note()

                run = partial(run_pass, model, samples, progress=progress)
                row = {"epoch": epoch} | _run_epoch(
                    meter,
                    partial(run, order, derive_key(seed, "train", epoch), optimiser),
                    partial(run, validation, derive_key(seed, "validation", epoch)),
                )
            history.rows.append(row)
            new = meter.samples(n_sampled)
            history.samples += [(history.sessions, *sample) for sample in new]
            n_sampled += len(new)
            history.missing |= meter.missing
            history.keep_best(model)
            names = ("train_accuracy", "val_accuracy", "train_loss", "seconds")
            log.info(
                "epoch %d: training accuracy %.4f, validation accuracy %.4f, "
                "loss %.4f, %.1f s",
                *(epoch, *(row[name] for name in names)),
            )
            if checkpoint.is_due():
                state = {
                    "synapses": model.synapses.state_dict(),
                    "optimiser": optimiser.state_dict(),
                    "history": vars(history),
                }
                checkpoint.save(state)
                journal.restart()
    history.reading = whole.reading
    seconds = whole.reading.seconds
    log.info("checkpoints took %.2f of %.2f s", checkpoint.spent_s, seconds)
    return history


def _run_epoch(
    meter: Meter, learn: Callable[[], Tally], validate: Callable[[], Tally]
) -> Row:
    """Meter a pass that learns and one that validates; return their columns."""
    with meter.phase("epoch") as whole:
        with meter.phase("train") as learning:
            learned = learn()
        with meter.phase("validation") as validating:
            validated = validate()
    return {
        **whole.reading.as_row(),
        **_tally_row("train_", learned),
        **learning.reading.as_row("train_"),
        **_tally_row("val_", validated),
        **validating.reading.as_row("val_"),
    }


def _tally_row(prefix: str, tally: Tally) -> Row:
    """Return the columns of epochs.csv for one pass."""
    rates = tally.spikes_per_neuron_step
    row: Row = {
        "accuracy": tally.accuracy,
        "loss": tally.loss,
        "silent_share": (
            None if tally.silent is None else tally.silent / tally.samples
        ),
        "tied_share": tally.tied / tally.samples,
        **{f"spikes_per_neuron_step_{i}": rate for i, rate in enumerate(rates, 1)},
    }
    return {prefix + name: value for name, value in row.items()}
