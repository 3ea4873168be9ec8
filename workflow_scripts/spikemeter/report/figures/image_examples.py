"""One image of each data set that the networks see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from spikemeter.report.figures.first_samples import FirstSample, read_first_samples
from spikemeter.report.figures.illustration import Illustration, describe_as
from spikemeter.report.figures.sketch import frame
from spikemeter.report.figures.style import styled

TITLE_WIDTH = 34
RED_GREEN_BLUE = 3


@dataclass(frozen=True)
class Example:
    """An image to show.

    Attributes
    ----------
    image : uint8 array of shape (channels, height, width)
        Three channels are red, green and blue; of any other number the mean is drawn
        in grey.
    label : str
        Its class.
    data : str
        The title of the data set.
    """

    image: npt.NDArray[np.uint8]
    label: str
    data: str


@styled
def draw_examples(examples: Sequence[Example]) -> Figure:
    """Draw images side by side, each with its data set and its label."""
    figure = Figure(figsize=(2.7 * len(examples), 2.9))
    every_axes = figure.subplots(1, len(examples), squeeze=False)[0]
    for axes, example in zip(every_axes, examples, strict=True):
        coloured = len(example.image) == RED_GREEN_BLUE
        shown = np.moveaxis(example.image, 0, -1) if coloured else example.image.mean(0)
        axes.imshow(shown, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        frame(axes)
        axes.set_title("\n".join(wrap(example.data, TITLE_WIDTH)))
        axes.set_xlabel(f"label: {example.label}")
    return figure


def first_example(sample: FirstSample) -> Example:
    """Return the first training image of a prepared input."""
    image = sample.arrays["train_images"][0]
    return Example(image, sample.label, sample.provenance["title"])


def _draw(spec: Mapping[str, Any], files: Sequence[str]) -> Figure:
    return draw_examples([*map(first_example, read_first_samples(spec, files))])


EXAMPLES = Illustration(
    "What the networks see",
    _draw,
    describe_as(
        "One example of each image data set",
        "The first training image of each data set that a network sees.",
        "Images side by side, each under the title of its data set and above its "
        "label.",
    ),
)
