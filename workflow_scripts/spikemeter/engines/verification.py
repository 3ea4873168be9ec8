"""Whether an engine's spikes and gradients are right, computed again in float64.

Each stage is given the spikes that the engine itself fed it, and each neuron the
spikes that it fired before: a flipped spike flips nothing further on, and every
neuron and step is judged by itself. The order of a sum decides its last bits, so that
a spike may differ where the membrane lies as near to the threshold as float32 can be
off; anywhere else it is wrong.
"""

import copy
import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from spikemeter.networks.layers import Synapses, plain_forward
from spikemeter.networks.losses.registry import LOSSES
from spikemeter.networks.neurons.neuron import SpikingNeuron
from spikemeter.networks.surrogates import spike_function

# The largest relative error of one operation in each format; see EngineEntry.rounding.
UNITS = {None: 2.0**-24, "TF32": 2.0**-11, "bfloat16": 2.0**-8}
OPERATIONS = 4  # on the membrane in each step
# Samples are judged together while their currents before the pooling fit.
PART_BYTES = 2**27


class Flips(NamedTuple):
    """Spikes that differ from float64's.

    Attributes
    ----------
    checked : int
        Neurons by steps by samples.
    tied : int
        Of them, differing within the rounding bound.
    wrong : int
        Of them, differing beyond it.
    """

    checked: int
    tied: int
    wrong: int


def count_flips(
    synapses: Synapses,
    index: int,
    entered: Tensor,
    spikes: Tensor,
    neuron: SpikingNeuron,
    unit: float = UNITS[None],
) -> Flips:
    """Count the spikes of a stage that differ from float64's.

    Parameters
    ----------
    synapses : Synapses
    index : int
        Number of the stage, from 0.
    entered : Tensor of shape (steps, batch, *in_shape)
        What the stage was fed; one step of it where all are equal.
    spikes : uint8 Tensor of shape (steps, batch, *out_shape)
        What its neurons did.
    neuron : SpikingNeuron
        Checkable.
    unit : float
        Of `UNITS`.

    Notes
    -----
    A sum of n products is off by at most (n + 1) units of the sum of their sizes, in
    whatever order; the four operations on the membrane add a unit of its size each,
    which decays as the membrane does.

    References
    ----------
    Higham 2002, Accuracy and stability of numerical algorithms, section 3.1
    """
    exact = copy.deepcopy(synapses).double()
    sizes = copy.deepcopy(exact)
    with torch.no_grad():
        for parameter in sizes.parameters():
            parameter.abs_()
        terms = exact.layers[index].get_parameter("weight")[0].numel() + 1
        counts = torch.zeros(2, dtype=torch.int64, device=spikes.device)
        for part in _parts(synapses, index, spikes):
            given, fired = entered[:, part].double(), spikes[:, part]
            currents = _currents(exact, index, given, len(fired))
            magnitudes = _currents(sizes, index, given.abs(), len(fired))
            bounds = unit * (terms + 1 + OPERATIONS) * magnitudes
            counts += _count_part(currents, bounds, fired, neuron, unit)
    differ, wrong = counts.tolist()
    return Flips(spikes.numel(), differ - wrong, wrong)


def find_gradients(
    synapses: Synapses,
    frames: Tensor,
    trains: Sequence[Tensor],
    neuron: SpikingNeuron,
    goal: tuple[Tensor, str],
) -> list[Tensor]:
    """Return the float64 gradients of the parameters, given the spikes of all stages.

    Parameters
    ----------
    synapses : Synapses
    frames : Tensor of shape (steps, batch, *in_shape)
        What enters the first stage; one step of it where all are equal.
    trains : sequence of uint8 Tensor
        As :meth:`spikemeter.engines.interface.Engine.spike_trains` gives them.
    neuron : SpikingNeuron
        Checkable.
    goal : (Tensor, str)
        Labels and the name of the loss.
    """
    exact = copy.deepcopy(synapses).double()
    fire = spike_function(neuron.surrogate)
    entered = frames.double()
    with torch.enable_grad():
        for index, train in enumerate(trains):
            spikes = train.double()
            currents = _currents(exact, index, entered, len(spikes))
            membranes = torch.stack([*_steps(currents, spikes, neuron)])
            soft = fire(membranes - neuron.threshold)
            # The given spikes, with the surrogate's gradient.
            entered = soft.double() + (spikes - soft).detach()
        labels, loss = goal
        mean = LOSSES[loss](entered.sum(0), labels, len(entered))
        return list(torch.autograd.grad(mean, list(exact.parameters())))


def find_plain_gradients(
    synapses: Synapses, batch: Tensor, goal: tuple[Tensor, str]
) -> list[Tensor]:
    """Return the float64 gradients of the parameters of a network without spikes.

    Parameters
    ----------
    synapses : Synapses
    batch : Tensor of shape (batch, channels, height, width)
    goal : (Tensor, str)
        Labels and the name of the loss.
    """
    exact = copy.deepcopy(synapses).double()
    labels, loss = goal
    mean = LOSSES[loss](plain_forward(exact, batch.double()), labels, 1)
    return list(torch.autograd.grad(mean, list(exact.parameters())))


def _steps(currents: Tensor, spikes: Tensor, neuron: SpikingNeuron) -> Iterator[Tensor]:
    """Yield the membranes that follow from given spikes, step by step."""
    membrane = fired = torch.zeros_like(currents[0])
    for current, train in zip(currents, spikes, strict=True):
        membrane = neuron.advance(membrane, current, fired)
        fired = train
        yield membrane


def _count_part(
    currents: Tensor, bounds: Tensor, spikes: Tensor, neuron: SpikingNeuron, unit: float
) -> Tensor:
    """Return how many spikes differ, and how many of them beyond the bound."""
    fired = spikes.double()
    bound = none = torch.zeros_like(currents[0])
    counts = torch.zeros(2, dtype=torch.int64, device=spikes.device)
    steps = zip(_steps(currents, fired, neuron), bounds, spikes.bool(), strict=True)
    for membrane, added, train in steps:
        sizes = membrane.abs() + neuron.threshold
        bound = neuron.advance(bound, added + OPERATIONS * unit * sizes, none)
        distance = membrane - neuron.threshold
        differs = (distance > 0) != train
        beyond = differs & ~(distance.abs() <= bound)
        counts += torch.stack([differs.sum(), beyond.sum()])
    return counts


def _currents(synapses: Synapses, index: int, entered: Tensor, steps: int) -> Tensor:
    """Return what a stage feeds its neurons in every step."""
    currents = synapses.current(index, entered.flatten(0, 1))
    currents = currents.unflatten(0, entered.shape[:2])
    return currents.expand(steps, *currents.shape[1:])


def _parts(synapses: Synapses, index: int, spikes: Tensor) -> Iterator[slice]:
    """Yield parts of a batch whose float64 currents fit in ``PART_BYTES``."""
    values = len(spikes) * math.prod(synapses.stages[index].map_shape)
    sample_bytes = values * torch.float64.itemsize
    part = max(1, PART_BYTES // sample_bytes)
    for start in range(0, spikes.shape[1], part):
        yield slice(start, start + part)
