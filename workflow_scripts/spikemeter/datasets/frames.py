"""Packed events to frames, on the device where the events are."""

import torch
from torch import Tensor

from spikemeter.datasets.event_files import SENSOR_SIZE

POLARITIES = 2
_FRAME = POLARITIES * SENSOR_SIZE**2


def densify(events: Tensor, offsets: Tensor, index: Tensor, steps: int) -> Tensor:
    """Return the frames of the recordings ``index``: event counts per step and pixel.

    Parameters
    ----------
    events : integer tensor of shape (total,)
        Words as :func:`spikemeter.datasets.events.pack` writes them, as uint32, or as
        int32 with the same bits.
    offsets : int64 tensor of shape (n + 1,)
        Recording i is ``events[offsets[i]:offsets[i + 1]]``.
    index : int64 tensor of shape (batch,)
        The recordings wanted.
    steps : int
        Number of steps that the events were packed for.

    Returns
    -------
    float32 tensor of shape (steps, batch, 2, 34, 34)
        Axes: time step, recording, polarity, row, column. Counts are exact, and thus
        the same in every run.
    """
    words, sample = _gather(events, offsets, index)
    shape = (steps, len(index), POLARITIES, SENSOR_SIZE, SENSOR_SIZE)
    return _count((words >> 13) * len(index) + sample, words, shape)


def sum_frames(events: Tensor, offsets: Tensor, index: Tensor) -> Tensor:
    """Return the event counts of whole recordings, the input of plain networks.

    Parameters
    ----------
    events, offsets, index : Tensor
        As in :func:`densify`.

    Returns
    -------
    float32 tensor of shape (batch, 2, 34, 34)
        The frames of :func:`densify`, summed over time.
    """
    words, sample = _gather(events, offsets, index)
    return _count(sample, words, (len(index), POLARITIES, SENSOR_SIZE, SENSOR_SIZE))


def _gather(events: Tensor, offsets: Tensor, index: Tensor) -> tuple[Tensor, Tensor]:
    """Return the events of a batch as int64, and the place in the batch of each."""
    starts = offsets[index]
    lengths = offsets[index + 1] - starts
    total = int(lengths.sum())
    sample = torch.repeat_interleave(lengths, output_size=total)
    shift = starts - lengths.cumsum(0) + lengths
    position = torch.arange(total, device=events.device) + shift[sample]
    # The sign bit of int32 is the highest bit of the step.
    return events.view(torch.int32)[position].long() & 0xFFFFFFFF, sample


def _count(frame: Tensor, words: Tensor, shape: tuple[int, ...]) -> Tensor:
    row, column = words >> 6 & 63, words & 63
    pixel = ((words >> 12 & 1) * SENSOR_SIZE + row) * SENSOR_SIZE + column
    counts = torch.zeros(shape, device=words.device)
    ones = torch.ones((), device=words.device).expand(len(words))
    counts.view(-1).index_add_(0, frame * _FRAME + pixel, ones)
    return counts
