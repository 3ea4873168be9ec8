"""Events: recordings of an event camera, cut into time steps."""

from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field

from spikemeter.datasets.dataset import EventDataSet
from spikemeter.datasets.kinds.kind import InputSettings, Kind, Shape


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


class Events(Kind[EventSettings, EventDataSet]):
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
        """Read, denoise and frame the first recordings."""
        from spikemeter.datasets.event_inputs import prepare_events  # noqa: PLC0415

        return prepare_events(
            dataset,
            folder,
            (settings.train_samples, settings.test_samples),
            settings.denoise_us,
            settings.window_us,
            settings.steps,
        )


EVENTS = Events()
