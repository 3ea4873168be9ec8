"""Direct input: intensities in every step, or the event counts of each step."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from spikemeter.networks.encodings.encoded import Encoded, Form
from spikemeter.networks.encodings.encoding import Encoding
from spikemeter.networks.encodings.event_batch import EventBatch
from spikemeter.networks.encodings.image_batch import FULL_SCALE, ImageBatch

if TYPE_CHECKING:
    from torch import Tensor

    from spikemeter.datasets.packed_events import PackedFormat


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


class Direct(Encoding):
    """The input as it is."""

    name = "direct"
    makes: ClassVar[Mapping[str, str]] = {"images": "intensities", "events": "counts"}

    def encode_images(
        self, images: "Tensor", _samples: "Tensor", steps: int, _key: int
    ) -> Encoded:
        """Return the images; nothing is drawn."""
        return Constant(images, steps)

    def encode_events(
        self,
        events: "Tensor",
        offsets: "Tensor",
        index: "Tensor",
        packing: "PackedFormat",
    ) -> Encoded:
        """Return the recordings."""
        return EventFrames(events, offsets, index, packing)


DIRECT = Direct()
