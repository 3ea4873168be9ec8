"""The training of one network, epoch by epoch, metered and resumable."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager

import torch

from spikemeter.metering.meter import Meter
from spikemeter.networks.description import NetworkDescription
from spikemeter.networks.layers import Synapses
from spikemeter.training.checkpoint import Checkpoint, History, Journal, resume
from spikemeter.training.loop import Progress, run_pass
from spikemeter.training.model import Model, make_adam, make_engine
from spikemeter.training.randomness import derive_key, make_generator
from spikemeter.training.samples import Samples, split_samples
from spikemeter.training.self_check import Pass, warm_up

log = logging.getLogger(__name__)

Bar = Callable[[str, int], AbstractContextManager[Progress]]


def build_model(settings: NetworkDescription, seed: int, device: torch.device) -> Model:
    """Return a network with initial weights drawn from ``seed``.

    The weights do not depend on the neuron: a spiking network and its conventional
    twin start from the same ones.
    """
    synapses = Synapses(settings.stages, make_generator(seed, "weights")).to(device)
    return Model(synapses, settings, make_engine(settings, device))


def train(
    model: Model,
    samples: Samples,
    seed: int,
    meter: Meter,
    checkpoint: Checkpoint,
    bar: Bar,
) -> History:
    """Train a network and keep the epoch that validates best.

    The model is fresh from :func:`build_model`; a share of the samples validates. The
    meter is open, its baseline taken. The checkpoint keeps the state after every epoch;
    training continues from it if it fits. ``bar`` takes a title and a number of
    samples, and returns a context that shows progress.
    """
    settings = model.settings
    optimiser = make_adam(model.synapses.parameters(), settings.learning_rate)
    history = resume(model, optimiser, checkpoint)
    journal = Journal(checkpoint, meter, history)
    training, validation = split_samples(
        len(samples.labels), settings.validation_fraction, make_generator(seed, "split")
    )
    passes = [Pass(training, learns=True), Pass(validation, learns=False)]
    key = derive_key(seed, "self-check")
    history.self_check = warm_up(model, samples, passes, key)
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

                learn = derive_key(seed, "train", epoch), optimiser, progress
                validate = derive_key(seed, "validation", epoch), None, progress
                with meter.phase("epoch") as both:
                    with meter.phase("train") as learning:
                        learned = run_pass(model, samples, order, *learn)
                    with meter.phase("validation") as validating:
                        validated = run_pass(model, samples, validation, *validate)
            row = {"epoch": epoch, **both.reading.as_row()}
            row |= learned.as_row("train_") | learning.reading.as_row("train_")
            row |= validated.as_row("val_") | validating.reading.as_row("val_")
            history.rows.append(row)
            new = meter.samples(n_sampled)
            history.samples += [(history.sessions, *sample) for sample in new]
            n_sampled += len(new)
            history.missing |= meter.missing
            history.keep_best(model)
            log.info(
                "epoch %(epoch)d: training accuracy %(train_accuracy).4f, validation "
                "accuracy %(val_accuracy).4f, loss %(train_loss).4f, %(seconds).1f s",
                row,
            )
            meter.shift()
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
