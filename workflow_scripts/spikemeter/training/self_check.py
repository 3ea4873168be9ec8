"""The check of a network on its GPU, before it is metered.

A wrong spike stops the run here, before it reaches a table. The check sees a batch of
every size that the run will see, so that what compiles, loads or is recorded on a
first batch is never metered.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn

import torch
from torch import Tensor

from spikemeter.engines.checks import check_labels
from spikemeter.engines.registry import ENGINES
from spikemeter.engines.verification import (
    UNITS,
    Flips,
    count_flips,
    find_gradients,
    find_plain_gradients,
)
from spikemeter.networks.neurons.neuron import SpikingNeuron
from spikemeter.training.loop import explain_lack_of_memory
from spikemeter.training.model import Model, make_adam, make_engine, name_engine
from spikemeter.training.samples import Samples

# The largest share of tied spikes of an exact engine; the fewest matter nowhere.
MOST_TIED, FEWEST_TIED = 1e-4, 2
# Samples whose gradients are computed again, and the largest relative error. Rounding
# moves the winner of a pooling where windows tie, and with it a gradient.
GRADIENT_SAMPLES = 8
MOST_ERROR, MOST_POOLED_ERROR, MOST_ROUNDED_ERROR = 1e-3, 5e-2, 0.5
ROUNDS = ("eager", "recorded", "replayed")

log = logging.getLogger(__name__)


class SelfCheckError(RuntimeError):
    """What the check found wrong, and what to do."""


class Pass(NamedTuple):
    """Sample numbers in some order, and whether the network learns from them."""

    order: Tensor
    learns: bool


def warm_up(
    model: Model, samples: Samples, passes: Sequence[Pass], key: int
) -> dict[str, Any] | None:
    """Set up what a first batch sets up; on a GPU check the network, too.

    Parameters
    ----------
    model : Model
        Its weights are what they were afterwards.
    samples : Samples
    passes : sequence of Pass
        What will be metered.
    key : int
        For the encoding.

    Returns
    -------
    dict or None
        What :func:`check_network` found; None on a CPU.

    Raises
    ------
    SelfCheckError
        If the network computes something wrong.
    """
    device = samples.labels.device
    if device.type == "cuda":
        report = check_network(model, samples, passes, key)
        torch.cuda.empty_cache()
        log.info("self-check: %s", report)
        return report
    if model.settings.spiking:
        samples.encoded(passes[0].order[:1].to(device), key).dense()
    return None


def check_network(
    model: Model, samples: Samples, passes: Sequence[Pass], key: int
) -> dict[str, Any]:
    """Check spikes, gradients and replays; see :func:`warm_up`.

    Returns
    -------
    dict
        ``engine``; ``execution`` (``CUDA graphs`` or ``eager``); ``checked`` neurons by
        steps by samples, and of them ``tied``, where float32 gave another spike than
        float64 within the bound of its rounding (None for a neuron that cannot be
        checked); ``compared`` batches, equal bit for bit when run, recorded and
        replayed; the largest relative ``gradient_error``; ``seconds``.
    """
    start_s = time.perf_counter()
    saved = {name: value.clone() for name, value in model.synapses.state_dict().items()}
    check_labels(model.synapses, samples.labels)
    check = _Check(model, samples, key)
    size, device = model.settings.batch_size, samples.labels.device
    seen = set()
    for order, learns in passes:
        for batch in order.split(size):
            if (len(batch), learns) in seen:
                continue
            seen.add((len(batch), learns))
            with explain_lack_of_memory(len(batch)):
                check.check_batches(order.to(device), len(batch), learns)
                model.synapses.load_state_dict(saved)
        if learns:
            check.check_gradients(order[:GRADIENT_SAMPLES].to(device))
    for parameter in model.synapses.parameters():
        parameter.grad = None
    return check.report | {"seconds": time.perf_counter() - start_s}


@dataclass
class _Check:
    """The check of one network; ``report`` is what it found so far."""

    model: Model
    samples: Samples
    key: int
    report: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        settings = self.model.settings
        self.name = name_engine(settings, self.samples.labels.device)
        entry = ENGINES[self.name] if settings.spiking else None
        self.rounding = entry.rounding if entry else None
        replays = entry is None or entry.replays
        checkable = self.neuron is not None
        self.report = {
            "engine": self.name,
            "execution": "CUDA graphs" if replays else "eager",
            **dict.fromkeys(("checked", "tied"), 0 if checkable else None),
            "compared": 0,
            "gradient_error": None,
        }

    @property
    def neuron(self) -> SpikingNeuron | None:
        """The neuron, if its spikes can be checked."""
        neuron = self.model.settings.neuron
        if isinstance(neuron, SpikingNeuron) and neuron.checkable:
            return neuron
        return None

    def refuse(self, found: str) -> NoReturn:
        """Stop the run."""
        other = "engine: snntorch, or " if self.model.settings.spiking else ""
        raise SelfCheckError(
            f"{self.name} computes this network wrongly on this GPU: {found}; set "
            f"{other}device: cpu, in config.yaml, and report what the log says"
        )

    def make_eager(self) -> Model:
        """Return the network on an engine that has recorded nothing."""
        settings, device = self.model.settings, self.samples.labels.device
        return Model(self.model.synapses, settings, make_engine(settings, device))

    def check_batches(self, order: Tensor, size: int, learns: bool) -> None:
        """Compare batches that are run, recorded and replayed with eager ones."""
        parameters = list(self.model.synapses.parameters())
        optimiser = make_adam(parameters, self.model.settings.learning_rate)
        for number, way in enumerate(ROUNDS):
            index, key = order.roll(-number * size)[:size], self.key + number
            found = _compute(self.model, self.samples, index, key, learns)
            if number == 0:
                self.check_spikes(index, key, found)
            eager = _compute(self.make_eager(), self.samples, index, key, learns)
            for name, one in found.items():
                if not torch.equal(one, eager[name]):
                    differ = (one != eager[name]).sum().item()
                    self.refuse(
                        f"{name} of a batch of {size} differ from eager ones in "
                        f"{differ} of {one.numel()} values when {way}"
                    )
            self.report["compared"] += 1
            if learns:
                optimiser.step()
            else:
                with torch.no_grad():
                    for parameter in parameters:
                        parameter.mul_(1.01)

    def check_spikes(self, index: Tensor, key: int, found: dict[str, Tensor]) -> None:
        """Check every spike of a batch, and that these are what was computed."""
        model = self.model
        if model.engine is None or self.neuron is None:
            return
        inputs = self.samples.encoded(index, key)
        trains = model.engine.spike_trains(model.synapses, inputs)
        unit = UNITS[self.rounding]
        entered = inputs.first_frames()
        for number, train in enumerate(trains):
            place = f"stage {number + 1}"
            given = model.synapses, number, entered, train
            self.judge(place, count_flips(*given, self.neuron, unit))
            if found["spikes"][number] != train.sum(dtype=torch.float64):
                self.refuse(f"the number of spikes of {place}")
            entered = train
        if not torch.equal(found["outputs"], entered.sum(0).to(found["outputs"])):
            self.refuse("the outputs are not the last stage's spikes")

    def judge(self, place: str, flips: Flips) -> None:
        """Refuse wrong spikes, and more ties than rounding makes; count the others."""
        if flips.wrong:
            self.refuse(f"{flips.wrong} of {flips.checked} spikes of {place}")
        limit = max(MOST_TIED * flips.checked, FEWEST_TIED)
        if flips.tied > limit and self.rounding is None:
            self.refuse(
                f"{flips.tied} of {flips.checked} spikes of {place} differ by "
                f"rounding, more than {limit:.0f}"
            )
        self.report["checked"] += flips.checked
        self.report["tied"] += flips.tied

    def find_tolerance(self) -> float:
        """Return the largest relative error that gradients may have."""
        if self.rounding:
            return MOST_ROUNDED_ERROR
        pooled = any(stage.pool > 1 for stage in self.model.settings.stages)
        return MOST_POOLED_ERROR if pooled else MOST_ERROR

    def check_gradients(self, index: Tensor) -> None:
        """Compare the gradients of a few samples with float64's, stage by stage."""
        model, settings = self.make_eager(), self.model.settings
        goal = self.samples.labels[index], settings.loss
        found = _compute(model, self.samples, index, self.key, learns=True)
        if model.engine is None:
            batch = self.samples.plain(index)
            exact = find_plain_gradients(model.synapses, batch, goal)
        elif self.neuron is not None:
            inputs = self.samples.encoded(index, self.key)
            trains = model.engine.spike_trains(model.synapses, inputs)
            given = model.synapses, inputs.first_frames(), trains
            exact = find_gradients(*given, self.neuron, goal)
        else:
            return
        most = self.find_tolerance()
        errors = _relative_errors(list(found.values())[3:], exact)
        for number, error in enumerate(errors, start=1):
            if not error <= most:
                self.refuse(
                    f"the gradients of stage {number} are off by {error:.1e}, more "
                    f"than {most:.0e}"
                )
        self.report["gradient_error"] = max(errors)


def _compute(
    model: Model, samples: Samples, index: Tensor, key: int, learns: bool
) -> dict[str, Tensor]:
    """Return all that a batch gives, by name; the gradients come last."""
    found = (model.learn if learns else model.run)(samples, index, key)._asdict()
    if learns:
        for name, parameter in model.synapses.named_parameters():
            assert parameter.grad is not None
            found[f"gradients of {name}"] = parameter.grad.clone()
    return found


def _relative_errors(found: list[Tensor], exact: list[Tensor]) -> list[float]:
    """Return the error of each stage, whose weight and bias follow each other."""
    errors = []
    for start in range(0, len(exact), 2):
        pairs = zip(found[start : start + 2], exact[start : start + 2], strict=True)
        one, other = (
            torch.cat([part.double().flatten() for part in parts])
            for parts in zip(*pairs, strict=True)
        )
        off, size = (one - other).norm().item(), other.norm().item()
        errors.append(off / size if size else off)
    return errors
