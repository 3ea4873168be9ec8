"""What the kernels work on: a network, an encoded batch, and a thread's memory."""

from typing import NamedTuple

import numpy as np

from spikemeter.engines.cpu.compiled import BLOCK, inlined
from spikemeter.engines.cpu.lif import Neuron

# What the first stage is given: words of spikes, lists of events, or its currents.
WORDS, EVENTS, CURRENTS = 0, 1, 2


class KernelNetwork(NamedTuple):
    """A network as the kernels take it; see :mod:`.layout`.

    ``stages`` is a record array, the others float32.
    """

    stages: np.ndarray
    weights: np.ndarray
    biases: np.ndarray
    backward: np.ndarray
    neuron: Neuron


class KernelBatch(NamedTuple):
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


class WorkSpace(NamedTuple):
    """Work space for a share of a batch; see :func:`.layout.make_work_space`."""

    # Of all neurons of all stages, for the steps, blocks, or the step that is kept.
    membranes: np.ndarray  # U
    words: np.ndarray  # S
    winners: np.ndarray  # of the pooling
    carries: np.ndarray  # dL/dU
    totals: np.ndarray  # dL/dU, added up over the steps of a block
    gradients: np.ndarray  # dL/dS of a block
    # Of the stage at work.
    outputs: np.ndarray  # map of outputs, before the pooling
    errors: np.ndarray  # dL/d outputs; a part for each stage, since its margin stays 0
    currents: np.ndarray  # I; backwards, dL/dI of a block
    dense: np.ndarray  # map of inputs with its border
    padded: np.ndarray  # dL/dS of the stage before, with its border
    sums: np.ndarray  # of errors, for each pattern of steps
    # Lists.
    factors: np.ndarray
    inputs: np.ndarray
    order: np.ndarray
    places: np.ndarray
    pixels: np.ndarray
    patterns: np.ndarray
    # The inputs of each step of a block, their number, and their values, all 1.
    events: np.ndarray
    counts: np.ndarray
    values: np.ndarray
    zeros: np.ndarray  # the membranes before the first step


class GradientSums(NamedTuple):
    """What a share of a batch adds up to; arrays as in :class:`KernelNetwork`."""

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
