"""The file formats of MNIST (IDX) and CIFAR-10 (pickled batches)."""

import math
import pickle
import struct
from pathlib import Path
from typing import Any, Literal

import numpy as np

from spikemeter.datasets.fetch.pickles import Call, read_pickle
from spikemeter.files import DamagedFileError, write_whole

CLASSES = 10
# The published files have 47 MB at most; some pickles take two bytes for one.
LARGEST_FILE_BYTES = 1 << 27


def read_idx(path: Path) -> np.ndarray:
    """Read a file of MNIST.

    Parameters
    ----------
    path : Path
        An IDX file of unsigned bytes, not compressed.

    Returns
    -------
    uint8 array of shape (images, 28, 28) or (labels,)
        Whatever shape the file states.

    Raises
    ------
    ValueError
        If the file is not IDX, or longer or shorter than it states.
    """
    contents = _contents(path)
    magic = contents[:4]
    if magic not in {b"\x00\x00\x08\x01", b"\x00\x00\x08\x03"}:
        raise DamagedFileError(path, f"starts with {magic!r}, not as an IDX file")
    n_axes = magic[3]
    start = 4 + 4 * n_axes
    if len(contents) < start:
        raise DamagedFileError(path, "ends inside its header")
    shape = struct.unpack(f">{n_axes}I", contents[4:start])
    n_bytes = len(contents) - start
    if not n_bytes or n_bytes != math.prod(shape):
        raise DamagedFileError(path, f"states shape {shape} but holds {n_bytes}")
    return np.frombuffer(contents, np.uint8, offset=start).reshape(shape)


def write_idx(path: Path, array: np.ndarray) -> None:
    """Write a uint8 array in the IDX format of MNIST."""
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    with write_whole(path) as temporary:
        temporary.write_bytes(header + array.tobytes())


def read_cifar10_batch(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Read a batch of CIFAR-10 without running anything that it may contain.

    Parameters
    ----------
    path : Path
        A pickled batch of the Python version, of any number of images.

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
    contents = _contents(path)
    try:
        batch = read_pickle(contents)
        images, labels = _images(batch["data"]), batch["labels"]
        if not isinstance(labels, list) or {type(label) for label in labels} - {int}:
            raise ValueError("labels are no list of numbers")
        labels = np.array(labels, np.int64)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        found = f"not a CIFAR-10 batch: {type(error).__name__} {error}"[:200]
        raise DamagedFileError(path, found) from error
    check_labels(path, labels, len(images))
    return images, labels


def _contents(path: Path) -> bytes:
    n_bytes = path.stat().st_size
    if n_bytes > LARGEST_FILE_BYTES:
        found = f"{n_bytes} bytes, but {LARGEST_FILE_BYTES} are the most allowed"
        raise DamagedFileError(path, found)
    return path.read_bytes()


def _images(data: Any) -> np.ndarray:
    """Return the array of which a pickle notes how to make it."""
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


def check_labels(path: Path, labels: np.ndarray, n_images: int) -> None:
    """Check that there is a class, 0 to 9, for each of at least one image.

    Raises
    ------
    ValueError
        If not; the message names the file.
    """
    if labels.shape != (n_images,) or not n_images:
        raise DamagedFileError(path, f"{labels.size} labels for {n_images} images")
    if labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() >= CLASSES:
        raise DamagedFileError(path, "labels are not 0 to 9")


def write_cifar10_batch(
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
