"""Whole data sets on the device, cut into batches without per-sample Python."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from spikemeter.datasets.frames import sum_frames
from spikemeter.datasets.packed_events import PackedFormat, read_format, to_signed
from spikemeter.networks.description import NetworkDescription
from spikemeter.networks.encodings.encoded import Encoded
from spikemeter.networks.encodings.registry import ENCODINGS


class Samples(Protocol):
    """Samples with labels, from which batches are made."""

    @property
    def labels(self) -> Tensor:
        """The classes; int64 of shape (samples,)."""

    def plain(self, index: Tensor) -> Tensor:
        """Return the samples ``index`` as (batch, channels, height, width)."""

    def encoded(self, index: Tensor, key: int) -> Encoded:
        """Return the samples ``index`` over time; ``key`` is for random draws."""


@dataclass(frozen=True)
class ImageSamples:
    """Images, kept as bytes; plain batches are float32 in [0, 1].

    Attributes
    ----------
    images : uint8 Tensor of shape (samples, channels, height, width)
    labels : int64 Tensor of shape (samples,)
    steps : int
        Time steps of an encoded batch.
    encoding : str
        The name of an encoding of images.
    """

    images: Tensor
    labels: Tensor
    steps: int
    encoding: str

    def plain(self, index: Tensor) -> Tensor:
        """Return the images ``index``."""
        return self.images[index].float() / 255

    def encoded(self, index: Tensor, key: int) -> Encoded:
        """Return the images ``index``, encoded over time."""
        encoding = ENCODINGS[self.encoding]
        return encoding.encode_images(self.images[index], index, self.steps, key)


@dataclass(frozen=True)
class EventSamples:
    """Event recordings, kept sparse.

    Attributes
    ----------
    events : int32 or int64 Tensor of shape (events,)
        As :func:`spikemeter.datasets.packed_events.to_signed` gives them.
    offsets : int64 Tensor of shape (samples + 1,)
        Where each recording begins.
    labels : int64 Tensor of shape (samples,)
    packing : PackedFormat
        How events are packed.
    encoding : str
        The name of an encoding of events.
    """

    events: Tensor
    offsets: Tensor
    labels: Tensor
    packing: PackedFormat
    encoding: str

    def plain(self, index: Tensor) -> Tensor:
        """Return the frames of the recordings ``index``, summed over time."""
        return sum_frames(self.events, self.offsets, index, self.packing)

    def encoded(self, index: Tensor, key: int) -> Encoded:
        """Return the recordings ``index``; draws nothing at random."""
        encoding = ENCODINGS[self.encoding]
        return encoding.encode_events(self.events, self.offsets, index, self.packing)


def load_samples(
    arrays: Mapping[str, np.ndarray],
    part: str,
    settings: NetworkDescription,
    device: torch.device,
) -> Samples:
    """Move one part of a prepared input to the device.

    Parameters
    ----------
    arrays : mapping of numpy arrays
        As ``results/data/{input}.npz`` holds them.
    part : {"train", "test"}
    settings : NetworkDescription
        Of the network that will see them.
    device : torch.device
    """

    def move(array: np.ndarray) -> Tensor:
        return torch.from_numpy(array).to(device)

    # A network without spikes has neither steps nor an encoding: any will do.
    steps, encoding = settings.steps or 1, settings.encoding or "direct"
    labels = move(arrays[f"{part}_labels"]).long()
    if settings.input_kind == "images":
        return ImageSamples(move(arrays[f"{part}_images"]), labels, steps, encoding)
    # Torch has few operations on unsigned words.
    events = move(to_signed(arrays[f"{part}_events"]))
    offsets, packing = move(arrays[f"{part}_offsets"]), read_format(arrays, steps)
    return EventSamples(events, offsets, labels, packing, encoding)


def split_samples(
    count: int, validation_fraction: float, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Divide sample numbers at random into training and validation.

    Parameters
    ----------
    count : int
        Number of samples.
    validation_fraction : float
        Share that validates, rounded to whole samples, at least one on each side.

    Returns
    -------
    training, validation : int64 Tensor
        Sample numbers, in random order.
    """
    order = torch.randperm(count, generator=generator)
    validating = min(max(round(count * validation_fraction), 1), count - 1)
    return order[validating:], order[:validating]
