"""Direct input: intensities in every step, or the event counts of each step."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from spikemeter.networks.encodings.encoded import FULL_SCALE, EventBatch, ImageBatch
from spikemeter.networks.encodings.encoding import Encoding

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Constant(ImageBatch):
    """The share of full scale as the same input in every step."""

    is_constant: ClassVar[bool] = True

    def dense(self) -> "Tensor":
        """Return the intensities; all steps share their memory."""
        return (self.images.float() / FULL_SCALE).expand(self.steps, *self.images.shape)


@dataclass(frozen=True)
class EventFrames(EventBatch):
    """Event counts of each pixel, polarity and step."""

    @property
    def most_values(self) -> int:
        """How many events its recordings have."""
        return int((self.offsets[self.index + 1] - self.offsets[self.index]).sum())

    def list_values(self) -> Iterator[tuple[Sequence[np.ndarray], np.ndarray]]:
        """Yield the counts that are not 0, from the events alone."""
        words = self.events.numpy().view(self.packing.dtype)
        offsets = self.offsets.numpy()
        for i in self.index.numpy():
            # A word's highest bits are its step, then its channel: sorted is in order.
            recording = words[offsets[i] : offsets[i + 1]]
            kept, counts = np.unique(recording, return_counts=True)
            yield self.packing.unpack(kept.astype(np.int64)), counts


DIRECT = Encoding(
    "direct",
    {
        "images": lambda images, _samples, steps, _key: Constant(images, steps),
        "events": EventFrames,
    },
)
