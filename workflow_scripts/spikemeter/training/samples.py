"""Whole data sets on the device, cut into batches without per-sample Python."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from spikemeter.datasets.packed_events import PackedFormat, read_format, to_signed
from spikemeter.networks.description import NetworkDescription
from spikemeter.networks.encodings.encoded import (
    Encoded,
    EventBatch,
    check_recordings,
)
from spikemeter.networks.encodings.registry import ENCODINGS

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class ImageSamples:
    """Images, kept as bytes.

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
    def load(cls, arrays: Arrays, take: Callable[[str], Tensor], *coding: Any) -> Self:
        """Return the part of a prepared input that ``take`` reads by name."""
        return cls(take("images"), take("labels").long(), *coding)

    def plain(self, index: Tensor) -> Tensor:
        """Return the images ``index`` as float32 in [0, 1]."""
        return self.images[index].float() / 255

    def encoded(self, index: Tensor, key: int) -> Encoded:
        """Return the images ``index``, encoded over time; ``key`` is for draws."""
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
    are_checked : bool
        As of :class:`spikemeter.networks.encodings.encoded.EventBatch`.
    """

    events: Tensor
    offsets: Tensor
    labels: Tensor
    packing: PackedFormat
    encoding: str
    are_checked: bool = False

    @classmethod
    def load(
        cls, arrays: Arrays, take: Callable[[str], Tensor], steps: int, encoding: str
    ) -> Self:
        """Return the part of a prepared input that ``take`` reads by name."""
        events, offsets, labels = take("events"), take("offsets"), take("labels").long()
        return cls(events, offsets, labels, read_format(arrays, steps), encoding)

    def check(self) -> Self:
        """Return the same recordings, all checked once: no batch will be again."""
        check_recordings(self.events, self.offsets, self.packing)
        return replace(self, are_checked=True)

    def plain(self, index: Tensor) -> Tensor:
        """Return the frames of the recordings ``index``, summed over time."""
        return self.packing.densify(self.events, self.offsets, index, summed=True)

    def encoded(self, index: Tensor, _key: int) -> Encoded:
        """Return the recordings ``index``; draws nothing at random."""
        recordings = self.events, self.offsets, index, self.packing
        batch = ENCODINGS[self.encoding].encode_events(*recordings)
        if self.are_checked and isinstance(batch, EventBatch):
            return replace(batch, are_checked=True)
        return batch


Samples = ImageSamples | EventSamples
# The samples of each kind of input.
SAMPLES: Mapping[str, type[Samples]] = {"images": ImageSamples, "events": EventSamples}


def load_samples(
    arrays: Arrays, part: str, settings: NetworkDescription, device: torch.device
) -> Samples:
    """Move the part ``train`` or ``test`` of a prepared input to the device.

    ``arrays`` are as ``results/data/{input}.npz`` holds them, ``settings`` of the
    network that will see the samples.
    """

    def take(name: str) -> Tensor:
        values = arrays[f"{part}_{name}"]
        # Torch has few operations on unsigned words.
        signed = values if values.dtype == np.uint8 else to_signed(values)
        return torch.from_numpy(signed).to(device)

    # A plain network is shown no time steps: any will do.
    coding = settings.steps or 1, settings.encoding or "direct"
    samples = SAMPLES[settings.input_kind].load(arrays, take, *coding)
    if settings.spiking and isinstance(samples, EventSamples):
        return samples.check()
    return samples


def split_samples(
    count: int, validation_fraction: float, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Divide sample numbers at random into training and validation, in random order.

    The share that validates is rounded to whole samples, at least one on each side.
    """
    order = torch.randperm(count, generator=generator)
    validating = min(max(round(count * validation_fraction), 1), count - 1)
    return order[validating:], order[:validating]
