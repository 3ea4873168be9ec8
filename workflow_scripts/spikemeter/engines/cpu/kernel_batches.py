"""Encoded batches as the kernels take them: words of spikes, events, or currents."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from torch import Tensor

from spikemeter.engines.cpu.compiled import BLOCK
from spikemeter.engines.cpu.convolution import BITS
from spikemeter.networks.encodings.encoded import Encoded
from spikemeter.networks.notation import Stage

# What the first stage is given: words of spikes, lists of events, or its currents.
WORDS, EVENTS, CURRENTS = 0, 1, 2


class KernelBatch(NamedTuple):
    """An encoded batch, and its output; what its ``kind`` does not need is empty.

    Attributes
    ----------
    kind : int
        ``WORDS``, ``EVENTS`` or ``CURRENTS``.
    steps, blocks : int
    output : float32 array of shape (steps, batch, classes)
        Where the spikes of the output neurons are written.
    words : uint32 array of shape (batch, blocks, pixels)
    starts : int64 array of shape (batch * steps + 1,)
        Where the events of each sample's step begin.
    events : int64 array of shape (events,)
        As :mod:`.convolution` packs them, sorted within a step, none of them twice.
    values : float32 array of shape (events,)
    currents : float32 array of shape (batch, neurons of the first stage)
        Constant over time.
    current_gradients : float32 array of the same shape
        Where a kernel that learns adds dL/dI.
    labels : int64 array of shape (batch,)
        Empty to learn nothing.
    loss : int
        Place in :data:`spikemeter.engines.events.LOSSES`.
    """

    kind: int
    steps: int
    blocks: int
    output: np.ndarray
    words: np.ndarray = np.empty((0, 0, 0), np.uint32)
    starts: np.ndarray = np.empty(0, np.int64)
    events: np.ndarray = np.empty(0, np.int64)
    values: np.ndarray = np.empty(0, np.float32)
    currents: np.ndarray = np.empty((0, 0), np.float32)
    current_gradients: np.ndarray = np.empty((0, 0), np.float32)
    labels: np.ndarray = np.empty(0, np.int64)
    loss: int = 0


def make_batch(
    inputs: Encoded, stages: Sequence[Stage], currents: Tensor | None
) -> KernelBatch:
    """Return a batch in the form that suits it best.

    ``currents``, (batch, neurons) in the order of its map, enter the first stage if the
    batch is constant. If that is fully connected, all pixels are channels of an event.
    """
    steps = inputs.steps
    output = np.empty((steps, inputs.batch, stages[-1].neurons), np.float32)
    batch = KernelBatch(WORDS, steps, -(-steps // BLOCK), output)
    if currents is not None:
        fed = currents.detach().numpy()
        gradients = np.zeros_like(fed)
        return batch._replace(kind=CURRENTS, currents=fed, current_gradients=gradients)
    words = inputs.spike_words()
    if words is not None:
        blocks = words.numpy().view(np.uint32).swapaxes(1, 2)
        return batch._replace(words=np.ascontiguousarray(blocks))
    counts, end = [], 0
    events = np.empty(inputs.most_values, np.int64)
    values = np.empty(inputs.most_values, np.float32)
    for (step, channel, y, x), value in inputs.list_values():
        counts.append(np.bincount(step, minlength=steps))
        first, end = end, end + len(value)
        if stages[0].kind == "linear":
            _, height, width = inputs.sample_shape
            events[first:end] = (channel * height + y) * width + x << 2 * BITS
        else:
            events[first:end] = (channel << BITS | y) << BITS | x
        values[first:end] = value
    return batch._replace(
        kind=EVENTS,
        starts=np.concatenate([[0], np.concatenate(counts).cumsum()]),
        events=events[:end],
        values=values[:end],
    )
