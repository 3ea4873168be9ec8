"""Event recordings that the networks see, as panels over time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure, SubFigure
from matplotlib.patches import Patch

from spikemeter.report.figures.first_samples import FirstSample, read_first_samples
from spikemeter.report.figures.illustration import Illustration, describe_as
from spikemeter.report.figures.sketch import frame
from spikemeter.report.figures.style import BLUE, ORANGE, styled

# Of a recording whose data set does not say how long its movements are.
PANELS = 3
MOST_PANELS = 6
POLARITIES = 2
PANEL_INCHES, ROW_INCHES = 2.13, 2.9
# A few busy pixels would make all others pale.
STRONGEST_PERCENTILE = 95


@dataclass(frozen=True)
class Recording:
    """The events of one recording.

    Attributes
    ----------
    shape : tuple of int
        Of the sensor: (channels, rows, columns).
    channel, row, column, time_us : int64 arrays of shape (events,)
        Of two channels, 1 is ON and 0 is OFF.
    panel_us : int
        Length of one panel.
    panels : int
    label, data : str
        The class, and the title of the data set.
    """

    shape: tuple[int, int, int]
    channel: npt.NDArray[np.int64]
    row: npt.NDArray[np.int64]
    column: npt.NDArray[np.int64]
    time_us: npt.NDArray[np.int64]
    panel_us: int
    panels: int
    label: str
    data: str


@styled
def draw_recordings(recordings: Sequence[Recording]) -> Figure:
    """Draw one row of panels per recording.

    The hue is the share of ON events of a pixel; darker means more events.

    Raises
    ------
    ValueError
        If a recording has no event, or one outside the sensor.
    """
    most = max(recording.panels for recording in recordings)
    figure = Figure(figsize=(PANEL_INCHES * most, ROW_INCHES * len(recordings)))
    rows = figure.subfigures(len(recordings), 1, squeeze=False)[:, 0]
    for row, recording in zip(rows, recordings, strict=True):
        _draw_recording(row, recording)
    return figure


def first_recording(sample: FirstSample) -> Recording:
    """Return the first training recording of a prepared input."""
    arrays, prepared = sample.arrays, sample.provenance["prepared"]
    events = arrays["train_events"][: arrays["train_offsets"][1]].astype(np.int64)
    length_us = prepared["steps"] * prepared["window_us"]
    panel_us = sample.panel_us or ceil(length_us / PANELS)
    return Recording(
        shape=(2, 34, 34),
        channel=events >> 12 & 1,
        row=events >> 6 & 63,
        column=events & 63,
        time_us=(events >> 13) * prepared["window_us"],
        panel_us=panel_us,
        panels=min(ceil(length_us / panel_us), MOST_PANELS),
        label=sample.label,
        data=sample.provenance["title"],
    )


def _draw_recording(figure: SubFigure, recording: Recording) -> None:
    panel = recording.time_us // recording.panel_us
    if not (panel < recording.panels).any():
        raise ValueError(
            f"{recording.data}: the recording has no event; prepare the data again"
        )
    figure.suptitle(f"{recording.data}, label: {recording.label}")
    counts = [
        _count_events(recording, panel == number) for number in range(recording.panels)
    ]
    totals = np.array(counts).sum(axis=1)
    strongest = float(np.percentile(totals[totals > 0], STRONGEST_PERCENTILE))
    every_axes = figure.subplots(1, recording.panels, squeeze=False)[0]
    for number, (axes, count) in enumerate(zip(every_axes, counts, strict=True)):
        axes.imshow(_colour_pixels(count, strongest), interpolation="nearest")
        frame(axes)
        start_us = number * recording.panel_us
        end_us = start_us + recording.panel_us
        axes.set_title(f"{start_us / 1000:g} to {end_us / 1000:g} ms")
        axes.set_xlabel(f"{count.sum():,} events")
    if recording.shape[0] == POLARITIES:
        handles = [Patch(color=ORANGE, label="ON"), Patch(color=BLUE, label="OFF")]
        figure.legend(handles=handles, loc="outside lower center", ncols=2)


def _count_events(
    recording: Recording, here: npt.NDArray[np.bool_]
) -> npt.NDArray[np.int64]:
    """Return the events of each pixel, of the sensor's shape."""
    events = (recording.channel[here], recording.row[here], recording.column[here])
    shape = recording.shape
    flat = np.ravel_multi_index(events, shape)  # ValueError outside
    return np.bincount(flat, minlength=int(np.prod(shape))).reshape(shape)


def _colour_pixels(
    counts: npt.NDArray[np.int64], strongest: float
) -> npt.NDArray[np.float64]:
    """Return an image (rows, columns, 3): white where nothing happened."""
    total = counts.sum(axis=0)[..., np.newaxis].astype(float)
    on = counts[1][..., np.newaxis] if len(counts) == POLARITIES else 0
    share_on = on / np.maximum(total, 1)
    hue = share_on * np.array(to_rgb(ORANGE)) + (1 - share_on) * np.array(to_rgb(BLUE))
    strength = np.minimum(total / strongest, 1)
    return 1 - strength * (1 - hue)


def _draw(spec: Mapping[str, Any], files: Sequence[str]) -> Figure:
    return draw_recordings([*map(first_recording, read_first_samples(spec, files))])


EVENTS = Illustration(
    "What the networks see",
    _draw,
    describe_as(
        "Recordings of event cameras",
        "The events of the first training recording of each data set, one panel per "
        "stretch of time. Orange: more ON events (a pixel became brighter); blue: more "
        "OFF events; darker means more events.",
        "One row of panels per recording, from its beginning to its end; pixels with "
        "more ON events are orange, those with more OFF events blue.",
    ),
)
