"""Whole data sets on the device, cut into batches without per-sample Python."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self

import numpy as np
import torch
from torch import Tensor

from spikemeter.datasets.packed_events import PackedFormat, read_format, to_signed
from spikemeter.networks.description import NetworkDescription
from spikemeter.networks.encodings.encoded import Encoded
from spikemeter.networks.encodings.registry import ENCODINGS

Arrays = Mapping[str, np.ndarray]


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

    @classmethod
    def load(cls, arrays: Arrays, part: str, settings: NetworkDescription) -> Self:
        """Return one part of a prepared input; see :func:`load_samples`."""
        images = torch.from_numpy(arrays[f"{part}_images"])
        return cls(images, _labels(arrays, part), *_coding(settings))

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

    @classmethod
    def load(cls, arrays: Arrays, part: str, settings: NetworkDescription) -> Self:
        """Return one part of a prepared input; see :func:`load_samples`."""
        # Torch has few operations on unsigned words.
        events = torch.from_numpy(to_signed(arrays[f"{part}_events"]))
        offsets = torch.from_numpy(arrays[f"{part}_offsets"])
        steps, encoding = _coding(settings)
        packing = read_format(arrays, steps)
        return cls(events, offsets, _labels(arrays, part), packing, encoding)

    def plain(self, index: Tensor) -> Tensor:
        """Return the frames of the recordings ``index``, summed over time."""
        return self.packing.densify(self.events, self.offsets, index, summed=True)

    def encoded(self, index: Tensor, key: int) -> Encoded:
        """Return the recordings ``index``; draws nothing at random."""
        encoding = ENCODINGS[self.encoding]
        return encoding.encode_events(self.events, self.offsets, index, self.packing)


# The samples of each kind of input.
SAMPLES: Mapping[str, type[ImageSamples | EventSamples]] = {
    "images": ImageSamples,
    "events": EventSamples,
}


def load_samples(
    arrays: Arrays, part: str, settings: NetworkDescription, device: torch.device
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
    samples = SAMPLES[settings.input_kind].load(arrays, part, settings)
    values = vars(samples).items()
    moved: Any = {name: v.to(device) for name, v in values if isinstance(v, Tensor)}
    return replace(samples, **moved)


def _labels(arrays: Arrays, part: str) -> Tensor:
    return torch.from_numpy(arrays[f"{part}_labels"]).long()


def _coding(settings: NetworkDescription) -> tuple[int, str]:
    """Return the steps and the encoding; of a plain network, which has none, any."""
    return settings.steps or 1, settings.encoding or "direct"


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
