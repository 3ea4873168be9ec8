"""Images: still samples, resized to a square."""

from abc import abstractmethod
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field

from spikemeter.datasets.dataset import DataSet, InputSettings, Shape
from spikemeter.files import DamagedFileError

# The published files have 47 MB at most; some pickles take two bytes for one.
LARGEST_FILE_BYTES = 1 << 27


class ImageSettings(InputSettings):
    """How images become an input."""

    size: int = Field(ge=1, le=256, description="rows and columns of the images")


class ImageDataSet(DataSet):
    """A data set of images."""

    kind = "images"
    kind_title = "images"
    settings = ImageSettings

    @abstractmethod
    def read_files(
        self, folder: Path, part: str
    ) -> Iterator[tuple[Path, np.ndarray, np.ndarray]]:
        """Yield each file of labels of a part, with images and integer labels."""

    def read(self, folder: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
        """Read all images of ``train`` or ``test`` from the raw files in a folder.

        Returns
        -------
        images : uint8 array of shape (samples, channels, rows, columns)
        labels : int64 array of shape (samples,)

        Raises
        ------
        ValueError
            If a file is damaged, or there is not a label of a class for each image.
        """
        found, most = [], len(self.classes) - 1
        for path, images, labels in self.read_files(folder, part):
            if labels.shape != images.shape[:1] or not len(labels):
                counts = f"{labels.size} labels for {len(images)} images"
                raise DamagedFileError(path, counts)
            if labels.min() < 0 or labels.max() > most:
                raise DamagedFileError(path, f"labels are not 0 to {most}")
            found.append((images, labels.astype(np.int64)))
        images, labels = map(np.concatenate, zip(*found, strict=True))
        return images, labels

    def check(self, folder: Path) -> None:
        """Read all images and labels."""
        for part in ("train", "test"):
            self.read(folder, part)

    def shape(self, settings: ImageSettings) -> Shape:
        """Return (channels, rows, columns) of a prepared image."""
        return (self.sample_shape[0], settings.size, settings.size)

    def prepared_bytes(self, settings: ImageSettings) -> int:
        """Return the size of a prepared image."""
        return prod(self.shape(settings))

    @property
    def held_bytes(self) -> int:
        """The size of all images, twice: both are there for a moment."""
        return 2 * (self.train_samples + self.test_samples) * self.sample_bytes

    def prepare(
        self, folder: Path, settings: ImageSettings
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
            images, labels = self.read(folder, part)
            wanted = getattr(settings, f"{part}_samples")
            n = len(labels) if wanted is None else wanted
            if not 1 <= n <= len(labels):
                raise ValueError(
                    f"{part}_samples is {n} but {self.name} has {len(labels)} "
                    f"images to {part} with here; set inputs.<name>.{part}_samples in "
                    "config.yaml"
                )
            images, labels = _resize(images[:n], settings.size), labels[:n]
            arrays |= {f"{part}_images": images, f"{part}_labels": labels}
            counts[part] = {
                "images": n,
                "per_class": np.bincount(labels, None, len(self.classes)).tolist(),
                "mean_pixel": float(images.mean()),
            }
        return arrays, counts


def read_bounded(path: Path) -> bytes:
    """Return the contents of a file of images or labels.

    Raises
    ------
    ValueError
        If it is longer than any of them is.
    """
    n_bytes = path.stat().st_size
    if n_bytes > LARGEST_FILE_BYTES:
        found = f"{n_bytes} bytes, but {LARGEST_FILE_BYTES} are the most allowed"
        raise DamagedFileError(path, found)
    return path.read_bytes()


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
