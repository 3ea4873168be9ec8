"""Figures 1 and 2: what the networks see."""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from spikemeter.report.figures import BLUE, ORANGE, styled

SENSOR_PIXELS = 34
# The camera moved along three edges of a triangle, 105 ms each (Orchard et al. 2015).
SACCADE_US = 105_000
SACCADES = 3
# A few busy pixels would make all others pale.
STRONGEST_PERCENTILE = 95


@dataclass(frozen=True)
class Example:
    """An image to show.

    Attributes
    ----------
    image : uint8 array of shape (height, width) or (3, height, width)
        Grey or red, green and blue.
    label : str
        Its class.
    data : str
        The data set, as the provenance names it.
    """

    image: npt.NDArray[np.uint8]
    label: str
    data: str


@styled
def images(examples: Sequence[Example]) -> Figure:
    """Draw images side by side, each with its data set and its label (figure 1)."""
    figure = Figure(figsize=(2.7 * len(examples), 2.9))
    for axes, example in zip(
        figure.subplots(1, len(examples), squeeze=False)[0], examples, strict=True
    ):
        colour = example.image.ndim == 3  # noqa: PLR2004 - an axis of colours besides
        shown = np.moveaxis(example.image, 0, -1) if colour else example.image
        axes.imshow(shown, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        _frame(axes)
        axes.set_title("\n".join(wrap(example.data, 34)))
        axes.set_xlabel(f"label: {example.label}")
    return figure


@styled
def saccades(
    x: npt.NDArray[np.integer],
    y: npt.NDArray[np.integer],
    polarity: npt.NDArray[np.integer],
    time_us: npt.NDArray[np.integer],
    data: str,
    label: str,
) -> Figure:
    """Draw the events of one recording, a panel a saccade (figure 2).

    The hue is the share of ON events of a pixel, the strength their number.

    Parameters
    ----------
    x, y, polarity, time_us : integer arrays of shape (events,)
        Column and row in pixels, 1 for ON and 0 for OFF, time in µs.
    data : str
        The data set, as the provenance names it ("simulated …" when it is).
    label : str
        The class of the recording.

    Raises
    ------
    ValueError
        If the saccades have no event, or one lies outside the sensor.
    """
    saccade = time_us // SACCADE_US
    if not (saccade < SACCADES).any():
        raise ValueError(f"{data}: the recording has no event; prepare the data again")
    figure = Figure(figsize=(6.4, 2.9))
    figure.suptitle(f"{data}, label: {label}")
    counts = [
        _count_events(x[here], y[here], polarity[here])
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
    x: npt.NDArray[np.integer],
    y: npt.NDArray[np.integer],
    polarity: npt.NDArray[np.integer],
) -> npt.NDArray[np.int64]:
    """Return the events of each pixel, shape (2, rows, columns), OFF first."""
    shape = (2, SENSOR_PIXELS, SENSOR_PIXELS)
    flat = np.ravel_multi_index((polarity, y, x), shape)  # ValueError outside
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
