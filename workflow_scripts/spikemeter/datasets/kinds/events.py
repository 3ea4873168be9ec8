"""Events: recordings of an event camera, cut into time steps."""

from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field

from spikemeter.datasets.dataset import EventDataSet
from spikemeter.datasets.event_arrays import Events, RecordingSet
from spikemeter.datasets.kinds.kind import InputSettings, Kind, Shape
from spikemeter.datasets.packed_events import PackedFormat


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


class EventKind(Kind[EventSettings, EventDataSet]):
    """Data sets of recordings."""

    title = "event recordings"
    settings = EventSettings

    def shape(self, dataset: EventDataSet, settings: EventSettings) -> Shape:
        """Return (polarities, rows, columns) of the sensor."""
        return dataset.sample_shape

    def steps(self, settings: EventSettings) -> int:
        """Return the number of time steps."""
        return settings.steps

    def prepared_bytes(self, dataset: EventDataSet, settings: EventSettings) -> int:
        """Return the size of a prepared recording: about that in the files."""
        return dataset.sample_bytes

    def held_bytes(self, dataset: EventDataSet) -> int:
        """Return 0: recordings are read one by one."""
        return 0

    def prepare(
        self, dataset: EventDataSet, folder: Path, settings: EventSettings
    ) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Read, denoise and frame the first recordings.

        They come in the order of their numbers: not of their labels, so that the first
        n are a fair sample.

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
        packing = PackedFormat(dataset.sample_shape, settings.steps)
        arrays: dict[str, np.ndarray] = {"sensor_shape": np.array(packing.shape)}
        counts = {}
        for part in ("train", "test"):
            wanted = getattr(settings, f"{part}_samples")
            with dataset.open(folder, part, wanted) as found:
                words, lengths, counts[part] = _frame(found, settings, packing)
            arrays[f"{part}_events"] = words
            arrays[f"{part}_offsets"] = np.cumsum([0, *lengths], dtype=np.int64)
            arrays[f"{part}_labels"] = np.array(found.labels, np.int64)
            arrays[f"{part}_ids"] = np.array(found.numbers, np.int64)
        return arrays, counts


def _frame(
    found: RecordingSet, settings: EventSettings, packing: PackedFormat
) -> tuple[np.ndarray, list[int], dict[str, int]]:
    """Return the packed events of all recordings, the length of each, and counts."""
    from spikemeter.datasets.events import denoise, pack  # noqa: PLC0415

    words = np.empty(found.most_events, packing.dtype)
    lengths: list[int] = []
    read = denoised = framed = 0
    for events in found.recordings:
        memory_us = settings.denoise_us
        kept = denoise(events, memory_us) if memory_us else slice(None)
        kept_events = Events(*(field[kept] for field in events))
        packed = pack(kept_events, settings.window_us, packing)
        words[framed : framed + len(packed)] = packed
        lengths.append(len(packed))
        read += len(events.t)
        denoised += len(kept_events.t)
        framed += len(packed)
    counts = {
        "recordings": len(lengths),
        "events": read,
        "denoised_events": denoised,
        "late_events": denoised - framed,
    }
    return words[:framed], lengths, counts


EVENTS = EventKind()
