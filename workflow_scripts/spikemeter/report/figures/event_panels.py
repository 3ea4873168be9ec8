"""Event recordings that the networks see, as panels over time."""

from collections.abc import Sequence
from math import ceil

import numpy as np
import numpy.typing as npt
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure, SubFigure
from matplotlib.patches import Patch

from spikemeter.datasets.packed_events import read_format
from spikemeter.report.figures.first_samples import FirstSample, draw_samples
from spikemeter.report.figures.illustration import Illustration, describe_as
from spikemeter.report.figures.palette import BLUE, ORANGE
from spikemeter.report.figures.sketch import frame

# Of a recording whose data set does not say how long its parts are.
PANELS = 3
MOST_PANELS = 6
POLARITIES = 2
PANEL_INCHES, ROW_INCHES = 2.13, 2.9
# A few busy pixels would make all others pale.
STRONGEST_PERCENTILE = 95
Counts = npt.NDArray[np.int64]


def draw_recordings(samples: Sequence[FirstSample]) -> Figure:
    """Draw one row of panels per recording.

    The hue is the share of ON events of a pixel; darker means more events.

    Raises
    ------
    ValueError
        If a recording has no event, or one outside the sensor.
    """
    counted = [count_events(sample) for sample in samples]
    most = max(len(counts) for counts, _ in counted)
    figure = Figure(figsize=(PANEL_INCHES * most, ROW_INCHES * len(samples)))
    rows = figure.subfigures(len(samples), 1, squeeze=False)[:, 0]
    for row, sample, (counts, panel_us) in zip(rows, samples, counted, strict=True):
        _draw_recording(row, sample, counts, panel_us / 1000)
    return figure


def _draw_recording(
    figure: SubFigure, sample: FirstSample, counts: Counts, panel_ms: float
) -> None:
    title = sample.provenance["title"]
    if not counts.any():
        raise ValueError(f"{title}: the recording has no event; prepare the data again")
    figure.suptitle(f"{title}, label: {sample.label}")
    totals = counts.sum(axis=1)
    strongest = float(np.percentile(totals[totals > 0], STRONGEST_PERCENTILE))
    every_axes = figure.subplots(1, len(counts), squeeze=False)[0]
    for number, (axes, count) in enumerate(zip(every_axes, counts, strict=True)):
        axes.imshow(_colour_pixels(count, strongest), interpolation="nearest")
        frame(axes)
        axes.set_title(f"{number * panel_ms:g} to {(number + 1) * panel_ms:g} ms")
        axes.set_xlabel(f"{count.sum():,} events")
    if counts.shape[1] == POLARITIES:
        handles = [Patch(color=ORANGE, label="ON"), Patch(color=BLUE, label="OFF")]
        figure.legend(handles=handles, loc="outside lower center", ncols=2)


def count_events(sample: FirstSample) -> tuple[Counts, int]:
    """Return the events of the first recording, and the length of one panel in µs.

    The counts are of shape (panels, *sensor).
    """
    arrays, prepared = sample.arrays, sample.provenance["prepared"]
    length_us = prepared["steps"] * prepared["window_us"]
    panel_us = sample.panel_us or ceil(length_us / PANELS)
    panels = min(ceil(length_us / panel_us), MOST_PANELS)
    packing = read_format(arrays, prepared["steps"])
    words = arrays["train_events"][: arrays["train_offsets"][1]].astype(np.int64)
    step, *pixel = packing.unpack(words)
    panel = step * prepared["window_us"] // panel_us
    shown = [place[panel < panels] for place in (panel, *pixel)]
    shape = (panels, *packing.shape)
    flat = np.ravel_multi_index(shown, shape)  # ValueError outside the sensor
    counts = np.bincount(flat, minlength=int(np.prod(shape))).reshape(shape)
    return counts, panel_us


def _colour_pixels(counts: Counts, strongest: float) -> npt.NDArray[np.float64]:
    """Return an image (rows, columns, 3): white where nothing happened."""
    total = counts.sum(axis=0)[..., np.newaxis].astype(float)
    on = counts[1][..., np.newaxis] if len(counts) == POLARITIES else 0
    share_on = on / np.maximum(total, 1)
    hue = share_on * np.array(to_rgb(ORANGE)) + (1 - share_on) * np.array(to_rgb(BLUE))
    strength = np.minimum(total / strongest, 1)
    return 1 - strength * (1 - hue)


EVENTS = Illustration(
    "What the networks see",
    draw_samples(draw_recordings),
    describe_as(
        "Recordings of event cameras",
        "The events of the first training recording of each data set, one panel per "
        "stretch of time. Orange: more ON events (a pixel became brighter); blue: more "
        "OFF events; darker means more events.",
        "One row of panels per recording, from its beginning to its end; pixels with "
        "more ON events are orange, those with more OFF events blue.",
    ),
)
