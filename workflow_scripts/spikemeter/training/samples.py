"""Whole data sets on the device, cut into batches without per-sample Python."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from spikemeter.datasets.frames import sum_frames
from spikemeter.networks.description import NetworkDescription
from spikemeter.networks.encodings.encoded import Encoded
from spikemeter.networks.encodings.registry import ENCODINGS


class Samples(Protocol):
    """Samples with labels, from which batches are made."""

    @property
    def labels(self) -> Tensor:
        """The classes; int64 of shape (samples,)."""

    def plain(self, index: Tensor) -> Tensor:
        """Return the chosen samples as (batch, channels, height, width)."""

    def encoded(self, index: Tensor, key: int) -> Encoded:
        """Return them over time; ``key`` is for what is drawn at random."""


@dataclass(frozen=True)
class ImageSamples:
    """Images, kept as bytes; plain batches are float32 in [0, 1].

    Attributes
    ----------
    images : uint8 Tensor of shape (samples, channels, height, width)
    labels : int64 Tensor of shape (samples,)
    steps : int
        Time steps of an encoded batch.
    encoding : {"rate", "latency", "direct"}
        See :mod:`spikemeter.networks.encodings`.
    """

    images: Tensor
    labels: Tensor
    steps: int
    encoding: str

    def plain(self, index: Tensor) -> Tensor:
        """Return the chosen images."""
        return self.images[index].float() / 255

    def encoded(self, index: Tensor, key: int) -> Encoded:
        """Return the chosen images, encoded over time.

        Raises
        ------
        ValueError
            For another encoding.
        """
        encoding = ENCODINGS[self.encoding]
        return encoding.encode_images(self.images[index], index, self.steps, key)


@dataclass(frozen=True)
class EventSamples:
    """Event recordings, kept sparse.

    Attributes
    ----------
    events : int32 Tensor of shape (events,)
        Packed as in :mod:`spikemeter.datasets.events`.
    offsets : int64 Tensor of shape (samples + 1,)
        Where each recording begins.
    labels : int64 Tensor of shape (samples,)
    steps : int
    encoding : {"direct", "delta"}
        :class:`EventFrames` or :class:`EventChanges`.
    """

    events: Tensor
    offsets: Tensor
    labels: Tensor
    steps: int
    encoding: str

    def plain(self, index: Tensor) -> Tensor:
        """Return the frames of the chosen recordings summed over time."""
        return sum_frames(self.events, self.offsets, index)

    def encoded(self, index: Tensor, key: int) -> Encoded:
        """Return the chosen recordings; draws nothing at random.

        Raises
        ------
        ValueError
            For another encoding.
        """
        encoding = ENCODINGS[self.encoding]
        return encoding.encode_events(self.events, self.offsets, index, self.steps)


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

    def tensor(name: str) -> Tensor:
        return torch.from_numpy(arrays[f"{part}_{name}"]).to(device)

    labels = tensor("labels").long()
    steps, encoding = settings.steps or 1, settings.encoding or "direct"
    if f"{part}_images" in arrays:
        return ImageSamples(tensor("images"), labels, steps, encoding)
    events = torch.from_numpy(arrays[f"{part}_events"].view(np.int32)).to(device)
    return EventSamples(events, tensor("offsets"), labels, steps, encoding)


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
