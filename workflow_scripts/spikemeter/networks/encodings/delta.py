"""Delta modulation: what changes from one step to the next."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from spikemeter.networks.encodings.encoded import Encoded
from spikemeter.networks.encodings.encoding import Encoding
from spikemeter.networks.encodings.event_batch import EventBatch

if TYPE_CHECKING:
    from torch import Tensor

    from spikemeter.datasets.packed_events import PackedFormat

# A change of one event is signalled.
THRESHOLD = 0.1


@dataclass(frozen=True)
class EventChanges(EventBatch):
    """+1 where an event count rises from one step to the next, -1 where it falls.

    The count before the first step is 0 (``snntorch.spikegen.delta``).
    """

    def dense(self) -> "Tensor":
        """Return the changes."""
        from snntorch import spikegen  # noqa: PLC0415

        changes: Tensor = spikegen.delta(self.counts(), THRESHOLD, off_spike=True)
        return changes


class Delta(Encoding):
    """Rises and falls of event counts."""

    name = "delta"
    makes: ClassVar[Mapping[str, str]] = {"events": "changes"}
    reasons: ClassVar[Mapping[str, str]] = {
        "images": "delta modulation needs an input that changes in time"
    }

    def encode_events(
        self,
        events: "Tensor",
        offsets: "Tensor",
        index: "Tensor",
        packing: "PackedFormat",
    ) -> Encoded:
        """Return the recordings."""
        return EventChanges(events, offsets, index, packing)


DELTA = Delta()
