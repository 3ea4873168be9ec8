"""Delta modulation: what changes from one step to the next."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spikemeter.networks.encodings.encoded import EventBatch
from spikemeter.networks.encodings.encoding import Encoding

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

        changes: Tensor = spikegen.delta(super().dense(), THRESHOLD, off_spike=True)
        return changes


DELTA = Encoding(
    "delta",
    {
        "images": "delta modulation needs an input that changes in time",
        "events": EventChanges,
    },
)
