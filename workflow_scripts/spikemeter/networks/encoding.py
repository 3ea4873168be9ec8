"""Encodings: how pixels and events become what a spiking network sees over time.

An encoded batch says what is fed in, and is made dense only for an engine that needs
it so. Axes of dense batches: (steps, batch, channels, height, width).
"""

from dataclasses import dataclass
from typing import Protocol

import torch
from snntorch import spikegen
from torch import Tensor

from spikemeter.datasets.frames import densify
from spikemeter.networks.rate import rate_words, unpack

FULL_SCALE = 255
# snnTorch's tutorial 1: the brightest pixel fires first, the darkest (under 1 %
# of full scale) not at all.
LATENCY_THRESHOLD = 0.01
# A change of one event is signalled.
DELTA_THRESHOLD = 0.1


class Encoded(Protocol):
    """A batch over time."""

    @property
    def steps(self) -> int:
        """Number of time steps."""

    @property
    def batch(self) -> int:
        """Number of samples."""

    def dense(self) -> Tensor:
        """Return float32 values of shape (steps, batch, channels, height, width)."""


@dataclass(frozen=True)
class Frames:
    """Values given for every step.

    Attributes
    ----------
    frames : float32 Tensor of shape (steps, batch, channels, height, width)
    """

    frames: Tensor

    @property
    def steps(self) -> int:
        """Number of time steps."""
        return len(self.frames)

    @property
    def batch(self) -> int:
        """Number of samples."""
        return self.frames.shape[1]

    def dense(self) -> Tensor:
        """Return the values."""
        return self.frames


@dataclass(frozen=True)
class _Images:
    """Static images.

    Attributes
    ----------
    images : uint8 Tensor of shape (batch, channels, height, width)
        Intensities, 255 is full scale.
    steps : int
        Number of time steps.
    """

    images: Tensor
    steps: int

    @property
    def batch(self) -> int:
        """Number of samples."""
        return len(self.images)


@dataclass(frozen=True)
class RateCoded(_Images):
    """In every step a spike with the pixel's share of full scale as its probability.

    As ``snntorch.spikegen.rate``, but a sample's spikes depend on the key and its
    number alone, whatever else is in the batch.

    Attributes
    ----------
    key : int
        63 bits, see :func:`spikemeter.training.randomness.key`.
    samples : int64 Tensor of shape (batch,)
        The samples' numbers in the data set.
    """

    key: int
    samples: Tensor

    def words(self) -> Tensor:
        """Return the spikes, 32 steps in a word, as :func:`rate_words` does."""
        return rate_words(self.images, self.samples, self.key, self.steps)

    def dense(self) -> Tensor:
        """Return the spikes."""
        return unpack(self.words(), self.steps, self.images.shape[1:])


@dataclass(frozen=True)
class LatencyCoded(_Images):
    """One spike a pixel, the brighter the earlier, linear in time.

    Full scale fires in the first step; what is under 1 % of it never fires
    (``snntorch.spikegen.latency``, normalised, linear and clipped).
    """

    def fire_steps(self) -> Tensor:
        """Return the step of each pixel's spike, -1 for none.

        Returns
        -------
        int64 Tensor of shape (batch, channels, height, width)
        """
        intensities = self.images.float() / FULL_SCALE
        last = self.steps - 1
        # Computed as snnTorch does, for the same rounding.
        delays = (-last * (intensities - 1)).clamp_max(-last * (LATENCY_THRESHOLD - 1))
        return delays.round().long().masked_fill(intensities < LATENCY_THRESHOLD, -1)

    def dense(self) -> Tensor:
        """Return the spikes."""
        fire_steps = self.fire_steps()[None]
        spikes = torch.zeros(self.steps, *self.images.shape, device=self.images.device)
        return spikes.scatter_(0, fire_steps.clamp(min=0), (fire_steps >= 0).float())


@dataclass(frozen=True)
class Constant(_Images):
    """The share of full scale as the same input in every step."""

    def frame(self) -> Tensor:
        """Return what is fed in at every step, (batch, channels, height, width)."""
        return self.images.float() / FULL_SCALE

    def dense(self) -> Tensor:
        """Return the intensities; all steps share their memory."""
        return self.frame().expand(self.steps, *self.images.shape)


@dataclass(frozen=True)
class _Events:
    """Event recordings, sparse.

    Attributes
    ----------
    events : int32 Tensor of shape (events,)
        Of all recordings, packed as in :mod:`spikemeter.datasets.events`.
    offsets : int64 Tensor of shape (recordings + 1,)
        Where each recording begins.
    index : int64 Tensor of shape (batch,)
        Numbers of the recordings.
    steps : int
        Number of time steps.
    """

    events: Tensor
    offsets: Tensor
    index: Tensor
    steps: int

    @property
    def batch(self) -> int:
        """Number of samples."""
        return len(self.index)

    def counts(self) -> Tensor:
        """Return dense event counts, as :func:`spikemeter.datasets.frames.densify`."""
        return densify(self.events, self.offsets, self.index, self.steps)


@dataclass(frozen=True)
class EventFrames(_Events):
    """Event counts of each pixel, polarity and step."""

    def dense(self) -> Tensor:
        """Return the counts."""
        return self.counts()


@dataclass(frozen=True)
class EventChanges(_Events):
    """+1 where an event count rises from one step to the next, -1 where it falls.

    The count before the first step is 0 (``snntorch.spikegen.delta``).
    """

    def dense(self) -> Tensor:
        """Return the changes."""
        return spikegen.delta(self.counts(), DELTA_THRESHOLD, off_spike=True)
