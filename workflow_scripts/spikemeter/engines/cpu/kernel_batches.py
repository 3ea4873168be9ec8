"""Encoded batches as the kernels take them: words of spikes, events, or currents."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from torch import Tensor

from spikemeter.engines.cpu.compiled import BLOCK
from spikemeter.engines.cpu.convolution import BITS
from spikemeter.networks.encodings.encoded import Encoded, Form
from spikemeter.networks.encodings.event_batch import EventBatch
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

    Parameters
    ----------
    inputs : Encoded
    stages : sequence of Stage
        If the first is fully connected, the events' channels are all pixels' channels.
    currents : float32 Tensor of shape (batch, neurons), optional
        Of the first stage, in the order of its map; for a constant batch.
    """
    steps = inputs.steps
    output = np.empty((steps, inputs.batch, stages[-1].neurons), np.float32)
    batch = KernelBatch(WORDS, steps, -(-steps // BLOCK), output)
    if currents is not None:
        fed = currents.detach().numpy()
        gradients = np.zeros_like(fed)
        return batch._replace(kind=CURRENTS, currents=fed, current_gradients=gradients)
    if inputs.form is Form.WORDS:
        words = inputs.spike_words().numpy().view(np.uint32).swapaxes(1, 2)
        return batch._replace(words=np.ascontiguousarray(words))
    if inputs.form is Form.EVENTS:
        assert isinstance(inputs, EventBatch)
        sample, step, channel, y, x, values = _count_events(inputs)
    else:
        frames = inputs.dense().transpose(0, 1)
        places = frames.nonzero(as_tuple=True)
        sample, step, channel, y, x = (place.numpy() for place in places)
        values = frames[places].numpy()
    starts = np.zeros(inputs.batch * steps + 1, np.int64)
    np.bincount(sample * steps + step, minlength=len(starts) - 1).cumsum(out=starts[1:])
    if stages[0].kind == "linear":
        _, height, width = inputs.sample_shape
        channel = (channel * height + y) * width + x
        y = x = np.zeros_like(x)
    events = (channel << BITS | y) << BITS | x
    return batch._replace(kind=EVENTS, starts=starts, events=events, values=values)


def _count_events(inputs: EventBatch) -> list[np.ndarray]:
    """Return sample, step, channel, y and x of the events, and how often each occurs.

    A word's highest bits are its step, then its channel: sorted words are in order.
    """
    words = inputs.events.numpy().view(inputs.packing.dtype)
    offsets = inputs.offsets.numpy()
    recordings = (words[offsets[i] : offsets[i + 1]] for i in inputs.index.numpy())
    found = [np.unique(one, return_counts=True) for one in recordings]
    kept, values = map(np.concatenate, zip(*found, strict=True))
    sample = np.arange(len(found)).repeat([len(one) for one, _ in found])
    fields = inputs.packing.unpack(kept.astype(np.int64))
    return [sample, *fields, values.astype(np.float32)]
