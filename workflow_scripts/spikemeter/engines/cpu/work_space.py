"""What the kernels work on: a network, and a thread's memory."""

from collections import namedtuple
from typing import NamedTuple

import numpy as np
import torch

from spikemeter.engines.cpu.compiled import BLOCK, inlined
from spikemeter.engines.cpu.lif import Neuron
from spikemeter.engines.cpu.linear import GROUP, GROUPS, PATTERNS


class KernelNetwork(NamedTuple):
    """A network as the kernels take it: records and float32 arrays, see `.layout`."""

    stages: np.recarray
    weights: np.ndarray
    biases: np.ndarray
    backward: np.ndarray
    neuron: Neuron


# What each array is for: see `make_work_space`.
WorkSpace = namedtuple(
    "WorkSpace",
    "membranes words winners carries totals gradients outputs errors currents dense "
    "sums factors order places pixels patterns events counts values zeros "
    "weights biases",
)


def make_work_space(network: KernelNetwork, steps: int, learns: bool) -> WorkSpace:
    """Allocate the work space for a share of a batch.

    One that ``learns`` keeps all steps, else 2, and adds up gradients.
    """
    records = network.stages
    neurons, widest = int(records.neurons.sum()), int(records.neurons.max())
    blocks, kept = -(-steps // BLOCK), steps if learns else 2
    inputs, lanes = int(records.inputs.max()), int(records.lanes[records.linear].max())
    maps = records.rows * records.pitch
    width = records.width + 2 * records.padding
    bordered = (records.height * width * records.stride)[1:].max(initial=0)
    windows = records.pooled_rows * records.pooled_columns * records.pool**2
    runs = records.kernel * records.channels
    lists = max(inputs, widest, int(windows.max()), int(runs.max())) + 1
    dense = (records.height + 2 * records.padding) * width * records.channels

    def floats(size: int) -> np.ndarray:
        return torch.zeros(int(size)).numpy()  # on whole cache lines

    def integers(*shape: int) -> np.ndarray:
        return np.zeros(shape, np.int64)

    return WorkSpace(
        # Of all neurons of all stages, for the steps, blocks, or the step that is kept.
        membranes=floats(kept * neurons),  # U
        words=np.zeros(blocks * neurons, np.uint32),  # S
        winners=np.zeros(kept * neurons, np.uint8),  # of the pooling
        carries=floats(neurons),  # dL/dU
        totals=floats(neurons),  # dL/dU, added up over the steps of a block
        gradients=floats(learns * BLOCK * neurons),  # dL/dS of a block
        # Of the stage at work: the map of outputs before the pooling, or backward dL/dS
        # of the stage before, with its border.
        outputs=floats(max(maps.max(), bordered)),
        # dL/d outputs; a part for each stage, since its margin stays 0.
        errors=floats(learns * maps.sum()),
        currents=floats(max(GROUPS * GROUP * lanes, widest)),  # I, or dL/dI of a block
        dense=floats(dense.max()),  # map of inputs with its border
        sums=floats(learns * GROUPS * PATTERNS * lanes),  # errors by pattern of steps
        # Lists.
        factors=floats(neurons),
        order=integers(lists),
        places=integers(lists),
        pixels=integers(lists),
        patterns=integers(PATTERNS, inputs),
        # The inputs of each step of a block, their number, and their values, all 1.
        events=integers(BLOCK, inputs),
        counts=integers(BLOCK),
        values=torch.ones(inputs).numpy(),
        zeros=floats(widest),  # the membranes before the first step
        # What the gradients of a share add up to.
        weights=floats(learns * len(network.weights)),
        biases=floats(learns * len(network.biases)),
    )


@inlined
def row(array, stage, count, index):  # type: ignore[no-untyped-def]
    """Return a row of a stage's part, which has ``count`` rows, of an array."""
    first = count * stage.start + index * stage.neurons
    return array[first : first + stage.neurons]
