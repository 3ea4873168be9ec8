"""Images read, sized and counted."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from spikemeter.datasets.dataset import ImageDataSet


def read_images(dataset: ImageDataSet, folder: Path) -> dict[str, np.ndarray]:
    """Read all images of a data set, in the order of its files.

    Parameters
    ----------
    dataset : ImageDataSet
    folder : Path
        Holds its raw files.

    Returns
    -------
    dict of str to array
        ``train_images``, ``test_images``: uint8 (images, channels, rows, columns);
        ``train_labels``, ``test_labels``: int64 (images,).

    Raises
    ------
    ValueError
        If a file is damaged.
    """
    arrays = {}
    for part in ("train", "test"):
        images, labels = dataset.read(folder, part)
        arrays[f"{part}_images"], arrays[f"{part}_labels"] = images, labels
    return arrays


def prepare_images(
    dataset: ImageDataSet,
    folder: Path,
    size: int,
    train_samples: int | None,
    test_samples: int | None,
) -> dict[str, np.ndarray]:
    """Return the first images of a data set, sized for a network.

    Parameters
    ----------
    dataset, folder
        As in `read_images`.
    size : int
        Rows and columns of the result.
    train_samples, test_samples : int or None
        How many images, the first in file order; None for all.

    Returns
    -------
    dict of str to array
        As from `read_images`; pixels stay 0 to 255.

    Raises
    ------
    ValueError
        If there are fewer images than asked for, or a number is below 1.
    """
    if size < 1:
        raise ValueError(
            f"size is {size} but must be at least 1; "
            "set inputs.<name>.size in config.yaml"
        )
    arrays = read_images(dataset, folder)
    prepared = {}
    for part, samples in (("train", train_samples), ("test", test_samples)):
        labels = arrays[f"{part}_labels"]
        n = len(labels) if samples is None else samples
        if not 1 <= n <= len(labels):
            raise ValueError(
                f"{part}_samples is {n} but {dataset.name} has {len(labels)} images to "
                f"{part} with here; set inputs.<name>.{part}_samples in config.yaml"
            )
        prepared[f"{part}_images"] = _resize(arrays[f"{part}_images"][:n], size)
        prepared[f"{part}_labels"] = labels[:n]
    return prepared


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


def summarize(
    arrays: Mapping[str, np.ndarray], n_classes: int
) -> dict[str, dict[str, Any]]:
    """Return what provenance says of labelled images.

    Parameters
    ----------
    arrays : mapping of str to array
        As from `prepare_images`.
    n_classes : int

    Returns
    -------
    dict
        For ``train`` and ``test``: the number of ``images``, how many of each class
        (``per_class``), and ``mean_pixel``, 0 to 255.
    """
    return {
        part: {
            "images": len(arrays[f"{part}_labels"]),
            "per_class": np.bincount(
                arrays[f"{part}_labels"], minlength=n_classes
            ).tolist(),
            "mean_pixel": float(arrays[f"{part}_images"].mean()),
        }
        for part in ("train", "test")
    }
