"""Images: still samples, resized to a square."""

from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field

from spikemeter.datasets.dataset import ImageDataSet
from spikemeter.datasets.kinds.kind import InputSettings, Kind, Shape


class ImageSettings(InputSettings):
    """How images become an input."""

    size: int = Field(ge=1, le=256, description="rows and columns of the images")


class Images(Kind[ImageSettings, ImageDataSet]):
    """Data sets of images."""

    title = "images"
    settings = ImageSettings

    def shape(self, dataset: ImageDataSet, settings: ImageSettings) -> Shape:
        """Return (channels, rows, columns) of a prepared image."""
        return (dataset.sample_shape[0], settings.size, settings.size)

    def steps(self, settings: ImageSettings) -> None:
        """Return None: an encoding gives images their time steps."""

    def prepared_bytes(self, dataset: ImageDataSet, settings: ImageSettings) -> int:
        """Return the size of a prepared image."""
        return dataset.sample_shape[0] * settings.size**2

    def held_bytes(self, dataset: ImageDataSet) -> int:
        """Return the size of all images, twice: both are there for a moment."""
        samples = dataset.train_samples + dataset.test_samples
        return 2 * samples * dataset.sample_bytes

    def prepare(
        self, dataset: ImageDataSet, folder: Path, settings: ImageSettings
    ) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Read and size the first images."""
        from spikemeter.datasets.images import (  # noqa: PLC0415
            prepare_images,
            summarize,
        )

        arrays = prepare_images(
            dataset,
            folder,
            settings.size,
            settings.train_samples,
            settings.test_samples,
        )
        return arrays, summarize(arrays, len(dataset.classes))


IMAGES = Images()
