"""What the kernels work on: a network, an encoded batch, and a thread's memory."""

from typing import NamedTuple

import numpy as np

from spikemeter.engines.events.compiled import BLOCK, inlined
from spikemeter.engines.events.neurons import Neuron

# What the first stage is given: words of spikes, lists of events, or its currents.
WORDS, EVENTS, CURRENTS = 0, 1, 2


class Network(NamedTuple):
    """A network as the kernels take it; see :mod:`.layout`.

    ``stages`` is a record array, the others float32.
    """

    stages: np.ndarray
    weights: np.ndarray
    biases: np.ndarray
    backward: np.ndarray
    neuron: Neuron


class Batch(NamedTuple):
    """An encoded batch; what its ``kind`` does not need is empty.

    Attributes
    ----------
    kind : int
        ``WORDS``, ``EVENTS`` or ``CURRENTS``.
    steps : int
    words : uint32 array of shape (batch, pixels, blocks)
    starts : int64 array of shape (batch * steps + 1,)
        Where the events of each sample's step begin.
    events : int64 array of shape (events,)
        As :mod:`.convolution` packs them, sorted within a step.
    values : float32 array of shape (events,)
    currents : float32 array of shape (batch, neurons of the first stage)
        Constant over time.
    """

    kind: int
    steps: int
    words: np.ndarray
    starts: np.ndarray
    events: np.ndarray
    values: np.ndarray
    currents: np.ndarray


class Work(NamedTuple):
    """Work space of one thread; see :func:`.layout.make_work`."""

    membranes: np.ndarray
    words: np.ndarray
    winners: np.ndarray
    carries: np.ndarray
    totals: np.ndarray
    gradients: np.ndarray
    outputs: np.ndarray
    errors: np.ndarray
    currents: np.ndarray
    padded: np.ndarray
    sums: np.ndarray
    factors: np.ndarray
    inputs: np.ndarray
    order: np.ndarray
    places: np.ndarray
    pixels: np.ndarray
    patterns: np.ndarray
    events: np.ndarray
    values: np.ndarray
    counts: np.ndarray
    zeros: np.ndarray


class Sums(NamedTuple):
    """What the samples of one thread add up to; arrays as in :class:`Network`."""

    weights: np.ndarray
    biases: np.ndarray
    currents: np.ndarray


@inlined
def row(array, stage, count, index):  # type: ignore[no-untyped-def]
    """Return a row of a stage's part, which has ``count`` rows, of an array."""
    first = count * stage.start + index * stage.neurons
    return array[first : first + stage.neurons]


@inlined
def block_count(steps):  # type: ignore[no-untyped-def]
    """Return how many blocks hold so many steps."""
    return (steps + BLOCK - 1) // BLOCK


@inlined
def steps_in(batch, block):  # type: ignore[no-untyped-def]
    """Return how many steps a block has."""
    return min(BLOCK, batch.steps - block * BLOCK)
