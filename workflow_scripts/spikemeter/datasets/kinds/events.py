"""Events: recordings of an event camera, cut into time steps."""

from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from spikemeter.datasets.dataset import DataSet, InputSettings
from spikemeter.datasets.packed_events import PackedFormat

if TYPE_CHECKING:
    from spikemeter.datasets.event_files import Events


class EventSettings(InputSettings):
    """How recordings become an input."""

    denoise_us: int = Field(
        ge=0,
        le=1_000_000,
        description="drop an event without a neighbour in so many µs; 0 keeps all",
    )
    window_us: int = Field(
        ge=1, le=1_000_000, description="width of a time step, in µs"
    )
    steps: int = Field(ge=1, le=65_535, description="number of time steps")


class EventDataSet(DataSet):
    """A data set of recordings of an event camera, which are read one by one."""

    kind = "events"
    kind_title = "event recordings"
    settings = EventSettings

    @abstractmethod
    def read(
        self, folder: Path, part: str, samples: int | None
    ) -> Iterator[tuple[int, int, "Events"]]:
        """Yield the first recordings of a part: label, number and events of each.

        They come in the order of their numbers: not of their labels, so that the first
        n are a fair sample.

        Raises
        ------
        ValueError
            If a file is damaged or there are fewer recordings.
        """

    def check(self, folder: Path) -> None:
        """Read all recordings."""
        for part in ("train", "test"):
            for _ in self.read(folder, part, None):
                pass

    def steps(self, settings: EventSettings) -> int:
        """Return the number of time steps."""
        return settings.steps

    def prepare(
        self, folder: Path, settings: EventSettings
    ) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Read, denoise and frame the first recordings, in the order of their numbers.

        Returns
        -------
        arrays : dict
            ``sensor_shape`` int64 (3,): channels, rows, columns. ``train_events``
            (total,), words as :func:`spikemeter.datasets.events.pack` writes them,
            ``train_offsets`` int64 (n + 1,), ``train_labels`` and ``train_ids`` int64
            (n,), and the same for ``test``. Recording i is
            ``events[offsets[i]:offsets[i + 1]]``; one that the filter emptied stays,
            empty.
        counts : dict
            For ``train`` and ``test``: ``recordings``, ``events`` in the files,
            ``denoised_events`` after the filter, and ``late_events`` of these dropped,
            past the last step or in an incomplete last window.
        """
        from spikemeter.datasets.events import denoise, pack  # noqa: PLC0415

        packing = PackedFormat(self.sample_shape, settings.steps)
        arrays: dict[str, np.ndarray] = {"sensor_shape": np.array(packing.shape)}
        counts = {}
        for part in ("train", "test"):
            words, rows = bytearray(), []
            wanted = getattr(settings, f"{part}_samples")
            for label, number, events in self.read(folder, part, wanted):
                # Also those that the filter or the last step leaves out.
                packing.check_fields(0, events.p, events.y, events.x)
                kept = events
                if settings.denoise_us:
                    kept = events.take(denoise(events, settings.denoise_us))
                packed = pack(kept, settings.window_us, packing)
                words += packed.tobytes()
                rows.append((label, number, len(events.t), len(kept.t), len(packed)))
            labels, numbers, read, denoised, framed = (
                np.array(column, np.int64) for column in zip(*rows, strict=True)
            )
            arrays |= {
                f"{part}_events": np.frombuffer(words, packing.dtype),
                f"{part}_offsets": np.append(0, framed.cumsum()),
                f"{part}_labels": labels,
                f"{part}_ids": numbers,
            }
            counts[part] = {
                "recordings": len(rows),
                "events": int(read.sum()),
                "denoised_events": int(denoised.sum()),
                "late_events": int((denoised - framed).sum()),
            }
        return arrays, counts
