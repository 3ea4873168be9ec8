"""Pickled batches, the file format of CIFAR-10."""

import pickle
from pathlib import Path
from typing import Any, Literal

import numpy as np

from spikemeter.datasets.dataset import ImageDataSet
from spikemeter.datasets.fetch.pickles import Call, read_pickle
from spikemeter.datasets.raw_files import check_labels, read_bounded
from spikemeter.files import DamagedFileError, write_whole

FILES = {
    "train": tuple(f"data_batch_{number}" for number in range(1, 6)),
    "test": ("test_batch",),
}


class BatchDataSet(ImageDataSet):
    """A data set of colour images in CIFAR-10's six batches."""

    def read(self, folder: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
        """Read all images of a part."""
        n_classes = len(self.classes)
        batches = [read_batch(folder / name, n_classes) for name in FILES[part]]
        images, labels = zip(*batches, strict=True)
        return np.concatenate(images), np.concatenate(labels)


def read_batch(path: Path, n_classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Read a batch of CIFAR-10 without running anything that it may contain.

    Parameters
    ----------
    path : Path
        A pickled batch of the Python version, of any number of images.
    n_classes : int
        Labels are 0 to one less.

    Returns
    -------
    images : uint8 array of shape (images, 3, 32, 32)
        Axes: image, colour (red, green, blue), row, column.
    labels : int64 array of shape (images,)

    Raises
    ------
    ValueError
        If the file is not such a batch.
    """
    contents = read_bounded(path)
    try:
        batch = read_pickle(contents)
        images, labels = _images(batch["data"]), batch["labels"]
        if not isinstance(labels, list) or {type(label) for label in labels} - {int}:
            raise ValueError("labels are no list of numbers")
        labels = np.array(labels, np.int64)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        found = f"not a CIFAR-10 batch: {type(error).__name__} {error}"[:200]
        raise DamagedFileError(path, found) from error
    check_labels(path, labels, len(images), n_classes)
    return images, labels


def _images(data: Any) -> np.ndarray:
    """Return the array that a pickle notes how to make."""
    match data:
        case Call(
            "numpy.core.multiarray _reconstruct"
            | "numpy._core.multiarray _reconstruct",
            state=(
                1,
                (int(n_images), 3072),
                Call("numpy dtype", ("u1", *_)),
                bool(by_columns),
                raw,
            ),
        ):
            pixels = np.frombuffer(_bytes(raw), np.uint8)
            order: Literal["C", "F"] = "F" if by_columns else "C"
            return pixels.reshape(n_images, 3072, order=order).reshape(-1, 3, 32, 32)
    raise ValueError("data are not unsigned bytes of shape (…, 3072)")


def _bytes(raw: Any) -> bytes:
    match raw:
        case bytes():
            return raw
        case str(text) | Call("_codecs encode", (str(text), "latin1")):
            return text.encode("latin1")
    raise ValueError("data without contents")


def write_batch(
    path: Path, images: np.ndarray, labels: np.ndarray, batch_label: str
) -> None:
    """Write a batch with the keys and the pickle protocol of CIFAR-10.

    Parameters
    ----------
    path : Path
    images : uint8 array of shape (images, 3, 32, 32)
    labels : integer array of shape (images,)
    batch_label : str
        What the batch says that it is.
    """
    batch = {
        "batch_label": batch_label,
        "labels": labels.tolist(),
        "data": images.reshape(len(images), -1),
    }
    with write_whole(path) as temporary:
        temporary.write_bytes(pickle.dumps(batch, protocol=2))
