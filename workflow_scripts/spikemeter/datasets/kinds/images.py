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


class ImageKind(Kind[ImageSettings, ImageDataSet]):
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
        """Read and size the first images, in the order of their files.

        Returns
        -------
        arrays : dict
            ``train_images``, ``test_images``: uint8 (images, channels, rows, columns),
            0 to 255; ``train_labels``, ``test_labels``: int64 (images,).
        counts : dict
            For ``train`` and ``test``: the number of ``images``, how many of each
            class (``per_class``), and ``mean_pixel``, 0 to 255.
        """
        arrays: dict[str, np.ndarray] = {}
        counts = {}
        for part in ("train", "test"):
            images, labels = dataset.read(folder, part)
            wanted = getattr(settings, f"{part}_samples")
            n = len(labels) if wanted is None else wanted
            if not 1 <= n <= len(labels):
                raise ValueError(
                    f"{part}_samples is {n} but {dataset.name} has {len(labels)} "
                    f"images to {part} with here; set inputs.<name>.{part}_samples in "
                    "config.yaml"
                )
            images, labels = _resize(images[:n], settings.size), labels[:n]
            arrays |= {f"{part}_images": images, f"{part}_labels": labels}
            counts[part] = {
                "images": n,
                "per_class": np.bincount(
                    labels, minlength=len(dataset.classes)
                ).tolist(),
                "mean_pixel": float(images.mean()),
            }
        return arrays, counts


def _resize(images: np.ndarray, size: int) -> np.ndarray:
    """Resize (images, channels, rows, columns) of uint8, bilinear and antialiased."""
    if images.shape[2:] == (size, size):
        return images
    import torch  # noqa: PLC0415 - slow to import
    from torchvision.transforms.v2 import functional  # noqa: PLC0415

    sized = np.empty((*images.shape[:2], size, size), np.uint8)
    for start in range(0, len(images), 1000):  # to bound memory
        # As floats: torchvision's arithmetic on bytes depends on the processor.
        chunk = torch.from_numpy(images[start : start + 1000].astype(np.float32))
        resized = functional.resize(chunk, [size, size], antialias=True)
        sized[start : start + 1000] = resized.round().clamp(0, 255).byte().numpy()
    return sized


IMAGES = ImageKind()
