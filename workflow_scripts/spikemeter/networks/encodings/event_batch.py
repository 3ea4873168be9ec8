"""Batches of event recordings, sparse."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spikemeter.datasets.packed_events import PackedFormat
from spikemeter.networks.encodings.encoded import CALLER, Encoded, check_tensor

if TYPE_CHECKING:
    from torch import Tensor

_AGAIN = "make the input under results/data again"


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
    """

    events: "Tensor"
    offsets: "Tensor"
    index: "Tensor"
    packing: PackedFormat

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

    def counts(self) -> "Tensor":
        """Return dense event counts, as :meth:`PackedFormat.densify`."""
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

        last = len(self.offsets) - 2
        low, high = (value.item() for value in self.index.aminmax())
        if low < 0 or high > last:
            raise ValueError(
                f"recordings {low} to {high} are asked for but must be 0 to {last}; "
                f"{CALLER}"
            )
        starts = self.offsets[self.index].tolist()
        ends = self.offsets[self.index + 1].tolist()
        held = len(self.events)
        for start, end in zip(starts, ends, strict=True):
            if not 0 <= start <= end <= held:
                raise ValueError(
                    f"a recording is events {start} to {end} but must lie within the "
                    f"{held} there are; {_AGAIN}"
                )
        pieces = [self.events[a:b] for a, b in zip(starts, ends, strict=True) if a < b]
        if pieces:
            self.packing.check(torch.cat(pieces))
