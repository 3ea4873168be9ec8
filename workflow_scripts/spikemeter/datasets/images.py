"""Read, check and size the images of MNIST and CIFAR-10."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from spikemeter.datasets.image_files import (
    CLASSES,
    check_labels,
    read_cifar10_batch,
    read_idx,
)
from spikemeter.files import DamagedFileError

BATCH_NAMES = {
    "train": [f"data_batch_{number}" for number in range(1, 6)],
    "test": ["test_batch"],
}
IDX_PREFIXES = {"train": "train", "test": "t10k"}


def read_images(dataset: str, folder: Path) -> dict[str, np.ndarray]:
    """Read all images of a data set, in the order of its files.

    Parameters
    ----------
    dataset : {'mnist', 'cifar10'}
    folder : Path
        Holds the raw files that `sources.fetch` writes.

    Returns
    -------
    dict of str to array
        ``train_images``, ``test_images``: uint8 (images, channels, rows, columns);
        ``train_labels``, ``test_labels``: int64 (images,).

    Raises
    ------
    ValueError
        If the data set has no images, or a file is damaged.
    """
    readers = {"mnist": _read_digits, "cifar10": _read_batches}
    if dataset not in readers:
        raise ValueError(
            f"dataset is {dataset!r} but images are those of {', '.join(readers)}; "
            "set the input's dataset in config.yaml"
        )
    arrays = {}
    for part in ("train", "test"):
        images, labels = readers[dataset](folder, part)
        arrays[f"{part}_images"], arrays[f"{part}_labels"] = images, labels
    return arrays


def _read_digits(folder: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    images_path = folder / f"{IDX_PREFIXES[part]}-images-idx3-ubyte"
    labels_path = folder / f"{IDX_PREFIXES[part]}-labels-idx1-ubyte"
    images, labels = read_idx(images_path), read_idx(labels_path)
    if images.shape[1:] != (28, 28):
        raise DamagedFileError(images_path, f"images of shape {images.shape[1:]}")
    check_labels(labels_path, labels, len(images))
    return images[:, np.newaxis], labels.astype(np.int64)


def _read_batches(folder: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    batches = [read_cifar10_batch(folder / name) for name in BATCH_NAMES[part]]
    images, labels = zip(*batches, strict=True)
    return np.concatenate(images), np.concatenate(labels)


def prepare_images(
    dataset: str,
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
                f"{part}_samples is {n} but {dataset} has {len(labels)} images to "
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


def summarize(arrays: Mapping[str, np.ndarray]) -> dict[str, dict[str, Any]]:
    """Return what provenance says of labelled images.

    Parameters
    ----------
    arrays : mapping of str to array
        As from `prepare_images`.

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
                arrays[f"{part}_labels"], minlength=CLASSES
            ).tolist(),
            "mean_pixel": float(arrays[f"{part}_images"].mean()),
        }
        for part in ("train", "test")
    }
