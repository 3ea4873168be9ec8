"""Encoded batches: what a spiking network sees over time, in the form it is kept in.

A batch is made dense only for an engine that needs it so. Axes of dense batches:
(steps, batch, channels, height, width).
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from spikemeter.datasets.packed_events import PackedFormat

if TYPE_CHECKING:
    import numpy as np
    import torch
    from torch import Tensor

CALLER = "make batches with spikemeter.training.samples"
IMAGE_AXES = "batch, channels, height, width"
FULL_SCALE = 255
CHECKED_TOGETHER = 1 << 24  # events; more would take much memory


class Encoded(ABC):
    """A batch over time.

    Attributes
    ----------
    steps : int
        Number of time steps.
    is_constant : bool
        Whether every step is the same, so that the first gives all of it.
    """

    is_constant: ClassVar[bool] = False

    if TYPE_CHECKING:  # a field of some batches, a property of others

        @property
        def steps(self) -> int: ...  # noqa: D102

    @property
    @abstractmethod
    def content(self) -> "Tensor":
        """What the batch holds, of shape (batch, channels, height, width) if images."""

    @property
    def batch(self) -> int:
        """Number of samples."""
        return len(self.content)

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """(channels, height, width) of a sample in one step."""
        return tuple(self.content.shape[-3:])

    @property
    def device(self) -> "torch.device":
        """Where the batch is."""
        return self.content.device

    @abstractmethod
    def dense(self) -> "Tensor":
        """Return float32 values of shape (steps, batch, channels, height, width)."""

    def spike_words(self) -> "Tensor | None":
        """Return the spikes, 32 steps in a word; None if they are not kept so.

        Returns
        -------
        int32 Tensor of shape (batch, pixels, ceil(steps / 32))
            Bit t of word w is step ``32 * w + t``.
        """
        return None

    @property
    def most_values(self) -> int:
        """How many inputs :meth:`list_values` lists at most."""
        return self.steps * self.batch * math.prod(self.sample_shape)

    def list_values(self) -> "Iterator[tuple[Sequence[np.ndarray], np.ndarray]]":
        """Yield the step, channel, row and column, and value of each sample's inputs.

        They are those that are not 0, step by step, of a batch on the CPU.
        """
        for frames in self.dense().transpose(0, 1).numpy():
            places = frames.nonzero()
            yield places, frames[places]

    def first_frames(self) -> "Tensor":
        """Return the batch dense, but one step of it where all are equal."""
        return self.dense()[:1] if self.is_constant else self.dense()

    @abstractmethod
    def check_layout(self) -> None:
        """Check types and shapes; reads no values, and so waits for no GPU.

        Raises
        ------
        ValueError
            Naming what was found and what must be, as the other checks.
        """

    def check_bounds(self) -> None:
        """Check the values that say where to read; needs the right layout."""
        return

    def check_values(self) -> None:
        """Check all values; needs the right layout."""
        self.check_bounds()


@dataclass(frozen=True)
class Frames(Encoded):
    """Values given for every step, as ``dense`` returns them."""

    frames: "Tensor"

    @property
    def steps(self) -> int:
        """Number of time steps."""
        return len(self.frames)

    @property
    def content(self) -> "Tensor":
        """The values."""
        return self.frames

    @property
    def batch(self) -> int:
        """Number of samples."""
        return self.frames.shape[1]

    def dense(self) -> "Tensor":
        """Return the values."""
        return self.frames

    def check_layout(self) -> None:
        """Check the type and the number of axes."""
        check_tensor("frames", self.frames, "float32", f"steps, {IMAGE_AXES}")

    def check_values(self) -> None:
        """Check that all values are finite."""
        # A sum is finite only if all its terms are, and costs a thirtieth of isfinite.
        total = self.frames.sum().item()
        if not math.isfinite(total):
            raise ValueError(
                f"frames add up to {total} but must be finite; look for NaN where they "
                "are made"
            )


@dataclass(frozen=True)
class ImageBatch(Encoded):
    """Static images, which an encoding spreads over time.

    Attributes
    ----------
    images : uint8 Tensor of shape (batch, channels, height, width)
        Intensities, ``FULL_SCALE`` is the brightest.
    steps : int
        Number of time steps.
    """

    images: "Tensor"
    steps: int

    @property
    def content(self) -> "Tensor":
        """The images."""
        return self.images

    def check_layout(self) -> None:
        """Check the type and the number of axes."""
        check_tensor("images", self.images, "uint8", IMAGE_AXES)


@dataclass(frozen=True)
class EventBatch(Encoded):
    """Event recordings.

    Attributes
    ----------
    events : int32 or int64 Tensor of shape (events,)
        Of all recordings, as :func:`spikemeter.datasets.packed_events.to_signed` gives
        them.
    offsets : int64 Tensor of shape (recordings + 1,)
        Where each recording begins.
    index : int64 Tensor of shape (batch,)
        Numbers of the recordings.
    packing : PackedFormat
        How events are packed: the sensor and the number of steps.
    are_checked : bool
        Whether :func:`check_recordings` has passed them all; else it checks those of
        the batch, for which a GPU has to be waited for many times.
    """

    events: "Tensor"
    offsets: "Tensor"
    index: "Tensor"
    packing: PackedFormat
    are_checked: bool = False

    @property
    def steps(self) -> int:
        """Number of time steps."""
        return self.packing.steps

    @property
    def batch(self) -> int:
        """Number of samples."""
        return len(self.index)

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """(polarities, rows, columns) of the sensor."""
        return self.packing.shape

    @property
    def content(self) -> "Tensor":
        """The events."""
        return self.events

    def dense(self) -> "Tensor":
        """Return event counts, as :meth:`PackedFormat.densify`."""
        return self.packing.densify(self.events, self.offsets, self.index)

    def check_layout(self) -> None:
        """Check the types and the number of axes."""
        kind = self.packing.dtype.name.removeprefix("u")
        check_tensor("events", self.events, kind, "events")
        check_tensor("offsets", self.offsets, "int64", "recordings + 1")
        check_tensor("index", self.index, "int64", "batch")

    def check_bounds(self) -> None:
        """Check that the recordings of the batch, and their events, lie in range."""
        import torch  # noqa: PLC0415

        if self.are_checked and self.device.type != "cpu":
            return  # torch itself checks the index
        last = len(self.offsets) - 2
        low, high = (value.item() for value in self.index.aminmax())
        if low < 0 or high > last:
            raise ValueError(
                f"recordings {low} to {high} are asked for but must be 0 to {last}; "
                f"{CALLER}"
            )
        if self.are_checked:
            return
        starts, ends = self.offsets[self.index], self.offsets[self.index + 1]
        check_ranges(starts, ends, len(self.events))
        ranges = zip(starts.tolist(), ends.tolist(), strict=True)
        pieces = [self.events[a:b] for a, b in ranges if a < b]
        if pieces:
            self.packing.check(torch.cat(pieces))


def check_recordings(
    events: "Tensor", offsets: "Tensor", packing: PackedFormat
) -> None:
    """Check all recordings, as :meth:`EventBatch.check_bounds` those of a batch.

    Parameters
    ----------
    events, offsets, packing
        As of `EventBatch`.
    """
    check_ranges(offsets[:-1], offsets[1:], len(events))
    for words in events.split(CHECKED_TOGETHER):
        if len(words):
            packing.check(words)


def check_ranges(starts: "Tensor", ends: "Tensor", held: int) -> None:
    """Check where recordings begin and end among the events that are held."""
    wrong = (starts < 0) | (starts > ends) | (ends > held)
    if wrong.any():
        first = int(wrong.nonzero()[0])
        raise ValueError(
            f"a recording is events {int(starts[first])} to {int(ends[first])} but "
            f"must lie within the {held} there are; make the input under results/data "
            "again"
        )


def check_tensor(
    name: str, values: "Tensor", dtype: str, axes: str, batch: int | None = None
) -> None:
    """Check a tensor's type and number of axes and, with ``batch``, its length.

    Raises
    ------
    ValueError
        Naming what was found and what must be.
    """
    if str(values.dtype) != f"torch.{dtype}" or values.ndim != len(axes.split(",")):
        raise ValueError(
            f"{name} are {values.dtype} of shape {tuple(values.shape)} but must be "
            f"torch.{dtype} of shape ({axes}); {CALLER}"
        )
    if batch is not None and len(values) != batch:
        raise ValueError(
            f"there are {len(values)} {name} but must be {batch}, one per sample; "
            f"{CALLER}"
        )
