"""Encoded batches as the kernels take them: words of spikes, events, or currents."""

import numpy as np
import torch
from torch import Tensor

from spikemeter.datasets.packed_events import Layout, to_unsigned
from spikemeter.engines.cpu.compiled import compiled
from spikemeter.engines.cpu.convolution import BITS
from spikemeter.engines.cpu.work_space import CURRENTS, EVENTS, WORDS, KernelBatch
from spikemeter.networks.encodings.encoded import Encoded, Form
from spikemeter.networks.encodings.event_batch import EventBatch

# Where each step's events begin, the events, and their values.
Listed = tuple[np.ndarray, np.ndarray, np.ndarray]
FEW = 128  # events that are sorted one by one
_EMPTY = KernelBatch(
    WORDS,
    0,
    words=np.empty((0, 0, 0), np.uint32),
    starts=np.empty(0, np.int64),
    events=np.empty(0, np.int64),
    values=np.empty(0, np.float32),
    currents=np.empty((0, 0), np.float32),
)


def make_batch(
    inputs: Encoded, first: np.record, currents: Tensor | None
) -> KernelBatch:
    """Return a batch in the form that suits it best.

    Parameters
    ----------
    inputs : Encoded
    first : record
        The first stage.
    currents : float32 Tensor of shape (batch, neurons), optional
        Of the first stage, in the order of its map; for a constant batch.
    """
    batch = _EMPTY._replace(steps=inputs.steps)
    if currents is not None:
        return batch._replace(kind=CURRENTS, currents=currents.detach().numpy())
    if inputs.form is Form.WORDS:
        return batch._replace(words=inputs.spike_words().numpy().view(np.uint32))
    linear = bool(first.linear)
    if inputs.form is Form.EVENTS:
        assert isinstance(inputs, EventBatch)
        starts, events, values = _list_events(inputs, linear)
    else:
        starts, events, values = _list_values(inputs, linear)
    return batch._replace(kind=EVENTS, starts=starts, events=events, values=values)


def _list_events(inputs: EventBatch, linear: bool) -> Listed:
    """Return the events of recordings; equal ones are one, with their number."""
    index = inputs.index.numpy()
    offsets = inputs.offsets.numpy()
    total = int((offsets[index + 1] - offsets[index]).sum())
    starts = np.zeros(len(index) * inputs.steps + 1, np.int64)
    events = np.empty(total, np.int64)
    packed = to_unsigned(inputs.events.numpy())
    # Of the type of a word: numba would widen a word otherwise.
    layout = Layout(*map(packed.dtype.type, inputs.packing.layout))
    _sort_events(packed, layout, offsets, index, inputs.steps, linear, starts, events)
    values = np.ones(total, np.float32)
    _merge_equal(starts, events, values)
    return starts, events, values


@compiled
def _merge_equal(starts, events, values):  # type: ignore[no-untyped-def]
    """Move sorted events together, so that none occurs twice in a step.

    The kernels' work space holds as many events a step as there are inputs.
    """
    kept = first = 0
    for place in range(1, len(starts)):
        last = starts[place]
        for i in range(first, last):
            if i > first and events[i] == events[kept - 1]:
                values[kept - 1] += 1
            else:
                events[kept] = events[i]
                kept += 1
        first, starts[place] = last, kept


@compiled
def _sort_events(packed, layout, offsets, index, steps, linear, starts, events):  # type: ignore[no-untyped-def]
    """Sort the events of each recording by step, channel and pixel."""
    for i in range(len(index)):
        for word in packed[offsets[index[i]] : offsets[index[i] + 1]]:
            starts[i * steps + np.int64(word >> layout.step) + 1] += 1
    for i in range(1, len(starts)):
        starts[i] += starts[i - 1]
    ends = starts[:-1].copy()
    for i in range(len(index)):
        for word in packed[offsets[index[i]] : offsets[index[i] + 1]]:
            place = i * steps + np.int64(word >> layout.step)
            channel = np.int64(word >> layout.channel & layout.channel_mask)
            y = np.int64(word >> layout.row & layout.row_mask)
            x = np.int64(word & layout.column_mask)
            if linear:
                channel = (channel * layout.rows + y) * layout.columns + x
                y, x = 0, 0
            event = (channel << BITS | y) << BITS | x
            at = ends[place]
            ends[place] += 1
            # Few events of a step are put where they belong, many sorted afterwards.
            if starts[place + 1] - starts[place] <= FEW:
                while at > starts[place] and events[at - 1] > event:
                    events[at] = events[at - 1]
                    at -= 1
            events[at] = event
    for place in range(len(ends)):
        if ends[place] - starts[place] > FEW:
            events[starts[place] : ends[place]].sort()


def _list_values(inputs: Encoded, linear: bool) -> Listed:
    """Return everything but zeros of a dense batch, with its values."""
    frames = inputs.dense().transpose(0, 1)
    batch, steps, _, height, width = frames.shape
    sample, step, channel, y, x = frames.nonzero(as_tuple=True)
    values = frames[sample, step, channel, y, x].float()
    counts = torch.bincount(sample * steps + step, minlength=batch * steps)
    starts = np.concatenate([[0], counts.cumsum(0).numpy()]).astype(np.int64)
    if linear:
        channel = (channel * height + y) * width + x
        y = x = torch.zeros_like(x)
    events = (channel << BITS | y) << BITS | x
    return starts, events.numpy(), values.numpy()
