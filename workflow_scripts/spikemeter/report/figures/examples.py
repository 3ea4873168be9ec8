"""Figures 1 and 2: what the networks see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from spikemeter.report.figures.style import BLUE, ORANGE, styled

SENSOR_PIXELS = 34
# The camera moved along three edges of a triangle, 105 ms each (Orchard et al. 2015).
SACCADE_US = 105_000
SACCADES = 3
# A few busy pixels would make all others pale.
STRONGEST_PERCENTILE = 95
CIFAR10_CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)


@dataclass(frozen=True)
class Example:
    """An image to show.

    Attributes
    ----------
    image : uint8 array of shape (channels, height, width)
        One channel is grey, three are red, green and blue.
    label : str
        Its class.
    data : str
        The data set, as the provenance names it.
    """

    image: npt.NDArray[np.uint8]
    label: str
    data: str


@dataclass(frozen=True)
class Recording:
    """The events of a camera to show.

    Attributes
    ----------
    x, y, polarity, time_us : int64 arrays of shape (events,)
        Column and row in pixels, 1 for ON and 0 for OFF, time in µs.
    label, data : str
        Its class, and the data set as the provenance names it.
    """

    x: npt.NDArray[np.int64]
    y: npt.NDArray[np.int64]
    polarity: npt.NDArray[np.int64]
    time_us: npt.NDArray[np.int64]
    label: str
    data: str


@styled
def images(examples: Sequence[Example]) -> Figure:
    """Draw images side by side, each with its data set and its label (figure 1)."""
    figure = Figure(figsize=(2.7 * len(examples), 2.9))
    for axes, example in zip(
        figure.subplots(1, len(examples), squeeze=False)[0], examples, strict=True
    ):
        shown = np.moveaxis(example.image, 0, -1)
        axes.imshow(shown, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        _frame(axes)
        axes.set_title("\n".join(wrap(example.data, 34)))
        axes.set_xlabel(f"label: {example.label}")
    return figure


def first_example(
    arrays: Mapping[str, npt.NDArray[Any]], provenance: Mapping[str, Any]
) -> Example:
    """Return the first training image of a prepared input."""
    image, label = arrays["train_images"][0], int(arrays["train_labels"][0])
    named = provenance["dataset"] == "cifar10" and not provenance["stand_in"]
    text = CIFAR10_CLASSES[label] if named else str(label)
    return Example(image, text, provenance["title"])


def first_recording(
    arrays: Mapping[str, npt.NDArray[Any]], provenance: Mapping[str, Any]
) -> Recording:
    """Return the first training recording of a prepared input."""
    events = arrays["train_events"][: arrays["train_offsets"][1]].astype(np.int64)
    return Recording(
        x=events & 63,
        y=events >> 6 & 63,
        polarity=events >> 12 & 1,
        time_us=(events >> 13) * provenance["prepared"]["window_us"],
        label=str(arrays["train_labels"][0]),
        data=provenance["title"],
    )


@styled
def saccades(recording: Recording) -> Figure:
    """Draw the events of one recording, a panel a saccade (figure 2).

    The hue is the share of ON events of a pixel, the strength their number.

    Raises
    ------
    ValueError
        If the saccades have no event, or one lies outside the sensor.
    """
    data = recording.data
    saccade = recording.time_us // SACCADE_US
    if not (saccade < SACCADES).any():
        raise ValueError(f"{data}: the recording has no event; prepare the data again")
    figure = Figure(figsize=(6.4, 2.9))
    figure.suptitle(f"{data}, label: {recording.label}")
    counts = [
        _count_events(recording, here)
        for here in (saccade == number for number in range(SACCADES))
    ]
    totals = np.array(counts).sum(axis=1)
    strongest = float(np.percentile(totals[totals > 0], STRONGEST_PERCENTILE))
    for number, (axes, count) in enumerate(
        zip(figure.subplots(1, SACCADES), counts, strict=True)
    ):
        axes.imshow(_coloured(count, strongest), interpolation="nearest")
        _frame(axes)
        start = number * SACCADE_US // 1000
        axes.set_title(f"{start} to {start + SACCADE_US // 1000} ms")
        axes.set_xlabel(f"{count.sum():,} events")
    handles = [Patch(color=ORANGE, label="ON"), Patch(color=BLUE, label="OFF")]
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure


def _count_events(
    recording: Recording, here: npt.NDArray[np.bool_]
) -> npt.NDArray[np.int64]:
    """Return the events of each pixel, shape (2, rows, columns), OFF first."""
    events = (recording.polarity[here], recording.y[here], recording.x[here])
    shape = (2, SENSOR_PIXELS, SENSOR_PIXELS)
    flat = np.ravel_multi_index(events, shape)  # ValueError outside
    return np.bincount(flat, minlength=int(np.prod(shape))).reshape(shape)


def _coloured(
    counts: npt.NDArray[np.int64], strongest: float
) -> npt.NDArray[np.float64]:
    """Return an image (rows, columns, 3): white where nothing happened."""
    off, on = counts[..., np.newaxis].astype(float)
    total = on + off
    share_on = on / np.maximum(total, 1)
    hue = share_on * np.array(to_rgb(ORANGE)) + (1 - share_on) * np.array(to_rgb(BLUE))
    strength = np.minimum(total / strongest, 1)
    return 1 - strength * (1 - hue)


def _frame(axes: Axes) -> None:
    axes.grid(visible=False)
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(True)
