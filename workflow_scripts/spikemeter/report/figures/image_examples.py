"""One image of each data set that the networks see."""

from collections.abc import Sequence
from textwrap import wrap

import numpy as np
from matplotlib.figure import Figure

from spikemeter.report.figures.first_samples import FirstSample, draw_samples
from spikemeter.report.figures.illustration import Illustration, describe_as
from spikemeter.report.figures.sketch import frame

TITLE_WIDTH = 34
RED_GREEN_BLUE = 3


def draw_examples(samples: Sequence[FirstSample]) -> Figure:
    """Draw images side by side, each with its data set and its label.

    Three channels are red, green and blue; of any other number the mean is drawn.
    """
    figure = Figure(figsize=(2.7 * len(samples), 2.9))
    every_axes = figure.subplots(1, len(samples), squeeze=False)[0]
    for axes, sample in zip(every_axes, samples, strict=True):
        image = sample.arrays["train_images"][0]
        coloured = len(image) == RED_GREEN_BLUE
        shown = np.moveaxis(image, 0, -1) if coloured else image.mean(axis=0)
        axes.imshow(shown, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        frame(axes)
        axes.set_title("\n".join(wrap(sample.provenance["title"], TITLE_WIDTH)))
        axes.set_xlabel(f"label: {sample.label}")
    return figure


EXAMPLES = Illustration(
    "What the networks see",
    draw_samples(draw_examples),
    describe_as(
        "One example of each image data set",
        "The first training image of each data set that a network sees.",
        "Images side by side, each under the title of its data set and above its "
        "label.",
    ),
)
