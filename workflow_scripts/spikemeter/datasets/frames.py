"""Packed events to frames, on the device where the events are."""

from math import prod

import torch
from torch import Tensor

from spikemeter.datasets.packed_events import WORD_BITS, PackedFormat


def densify(
    events: Tensor,
    offsets: Tensor,
    index: Tensor,
    packing: PackedFormat,
    summed: bool = False,
) -> Tensor:
    """Return the frames of the recordings ``index``: event counts per step and pixel.

    Parameters
    ----------
    events : int32 or int64 tensor of shape (total,)
        As :func:`spikemeter.datasets.packed_events.to_signed` gives them.
    offsets : int64 tensor of shape (n + 1,)
        Recording i is ``events[offsets[i]:offsets[i + 1]]``.
    index : int64 tensor of shape (batch,)
        The recordings wanted.
    packing : PackedFormat
        How the events are packed.
    summed : bool
        Whether to sum the frames over time: the input of plain networks.

    Returns
    -------
    float32 tensor of shape (steps, batch, channels, rows, columns)
        Axes: time step, unless they are summed; recording, polarity, row, column.
        Counts are exact, and thus the same in every run.
    """
    starts = offsets[index]
    lengths = offsets[index + 1] - starts
    total = int(lengths.sum())
    frame = torch.repeat_interleave(lengths, output_size=total)
    shift = starts - lengths.cumsum(0) + lengths
    words = events[torch.arange(total, device=events.device) + shift[frame]].long()
    if events.dtype == torch.int32:  # the highest step has the sign bit
        words &= (1 << WORD_BITS) - 1
    frames: tuple[int, ...] = (len(index),)
    if not summed:
        frames = (packing.steps, *frames)
        frame = packing.unpack(words).step * len(index) + frame
    counts = torch.zeros((*frames, *packing.shape), device=words.device)
    ones = torch.ones((), device=words.device).expand(total)
    place = frame * prod(packing.shape) + packing.find_pixel(words)
    counts.view(-1).index_add_(0, place, ones)
    return counts
