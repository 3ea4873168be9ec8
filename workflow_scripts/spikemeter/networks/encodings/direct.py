"""Direct input: intensities in every step, or the event counts of each step."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from spikemeter.networks.encodings.encoded import Form
from spikemeter.networks.encodings.encoding import Encoding
from spikemeter.networks.encodings.event_batch import EventBatch
from spikemeter.networks.encodings.image_batch import FULL_SCALE, ImageBatch

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Constant(ImageBatch):
    """The share of full scale as the same input in every step."""

    form: ClassVar[Form] = Form.CONSTANT

    def frame(self) -> "Tensor":
        """Return what enters in every step, (batch, channels, height, width)."""
        return self.images.float() / FULL_SCALE

    def dense(self) -> "Tensor":
        """Return the intensities; all steps share their memory."""
        return self.frame().expand(self.steps, *self.images.shape)


@dataclass(frozen=True)
class EventFrames(EventBatch):
    """Event counts of each pixel, polarity and step."""

    form: ClassVar[Form] = Form.EVENTS

    def dense(self) -> "Tensor":
        """Return the counts."""
        return self.counts()


DIRECT = Encoding(
    "direct",
    makes={"images": "intensities", "events": "counts"},
    images=lambda images, _samples, steps, _key: Constant(images, steps),
    events=EventFrames,
)
