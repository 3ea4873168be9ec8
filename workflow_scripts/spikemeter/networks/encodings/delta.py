"""Delta modulation: what changes from one step to the next."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spikemeter.networks.encodings.encoding import Encoding
from spikemeter.networks.encodings.event_batch import EventBatch

if TYPE_CHECKING:
    from torch import Tensor

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


# Rises and falls of event counts.
DELTA = Encoding(
    "delta",
    makes={"events": "changes"},
    reasons={"images": "delta modulation needs an input that changes in time"},
    events=EventChanges,
)
