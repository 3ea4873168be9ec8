"""Packed events to frames, on the device where the events are."""

from math import prod

import torch
from torch import Tensor

from spikemeter.datasets.packed_events import PackedFormat, take_words


def densify(
    events: Tensor, offsets: Tensor, index: Tensor, packing: PackedFormat
) -> Tensor:
    """Return the frames of the recordings ``index``: event counts per step and pixel.

    Parameters
    ----------
    events : integer tensor of shape (total,)
        Words as :func:`spikemeter.datasets.events.pack` writes them, or signed ones
        with the same bits.
    offsets : int64 tensor of shape (n + 1,)
        Recording i is ``events[offsets[i]:offsets[i + 1]]``.
    index : int64 tensor of shape (batch,)
        The recordings wanted.
    packing : PackedFormat
        How the events are packed.

    Returns
    -------
    float32 tensor of shape (steps, batch, channels, rows, columns)
        Axes: time step, recording, polarity, row, column. Counts are exact, and thus
        the same in every run.
    """
    words, sample = _gather(events, offsets, index)
    frame = packing.unpack(words).step * len(index) + sample
    return _count(frame, words, (packing.steps, len(index)), packing)


def sum_frames(
    events: Tensor, offsets: Tensor, index: Tensor, packing: PackedFormat
) -> Tensor:
    """Return the event counts of whole recordings, the input of plain networks.

    Parameters
    ----------
    events, offsets, index, packing
        As in :func:`densify`.

    Returns
    -------
    float32 tensor of shape (batch, channels, rows, columns)
        The frames of :func:`densify`, summed over time.
    """
    words, sample = _gather(events, offsets, index)
    return _count(sample, words, (len(index),), packing)


def _gather(events: Tensor, offsets: Tensor, index: Tensor) -> tuple[Tensor, Tensor]:
    """Return the events of a batch as int64, and the place in the batch of each."""
    starts = offsets[index]
    lengths = offsets[index + 1] - starts
    total = int(lengths.sum())
    sample = torch.repeat_interleave(lengths, output_size=total)
    shift = starts - lengths.cumsum(0) + lengths
    position = torch.arange(total, device=events.device) + shift[sample]
    return take_words(events, position), sample


def _count(
    frame: Tensor, words: Tensor, frames: tuple[int, ...], packing: PackedFormat
) -> Tensor:
    """Return the counts of each pixel in frames of some number."""
    counts = torch.zeros((*frames, *packing.shape), device=words.device)
    ones = torch.ones((), device=words.device).expand(len(words))
    place = frame * prod(packing.shape) + packing.find_pixel(words)
    counts.view(-1).index_add_(0, place, ones)
    return counts
