"""The file formats of MNIST (IDX) and CIFAR-10 (pickled batches)."""

import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from spikemeter.files import damaged, whole_file

CLASSES = 10


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
    contents = path.read_bytes()
    magic = contents[:4]
    if magic not in {b"\x00\x00\x08\x01", b"\x00\x00\x08\x03"}:
        raise ValueError(damaged(path, f"starts with {magic!r}, not as an IDX file"))
    n_axes = magic[3]
    start = 4 + 4 * n_axes
    if len(contents) < start:
        raise ValueError(damaged(path, "ends inside its header"))
    shape = struct.unpack(f">{n_axes}I", contents[4:start])
    n_bytes = len(contents) - start
    if n_bytes != int(np.prod(shape, dtype=object)):
        raise ValueError(damaged(path, f"states shape {shape} but holds {n_bytes}"))
    return np.frombuffer(contents, np.uint8, offset=start).reshape(shape)


def write_idx(path: Path, array: np.ndarray) -> None:
    """Write a uint8 array in the IDX format of MNIST."""
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    with whole_file(path) as temporary:
        temporary.write_bytes(header + array.tobytes())


class _ArrayUnpickler(pickle.Unpickler):
    """Unpickles containers and numpy arrays, and refuses every other name.

    A pickle can call whatever it can name, so only the three names of which an
    array is made are found.
    """

    def find_class(self, module: str, name: str) -> Any:
        allowed: dict[tuple[str, str], Callable[..., Any]] = {
            ("numpy", "dtype"): np.dtype,
            ("numpy", "ndarray"): np.ndarray,
            # numpy 1 and Python 2, then numpy 2
            ("numpy.core.multiarray", "_reconstruct"): _empty_array,
            ("numpy._core.multiarray", "_reconstruct"): _empty_array,
            # how protocol 2 of Python 3 spells bytes
            ("_codecs", "encode"): _latin1_bytes,
        }
        if (module, name) not in allowed:
            raise pickle.UnpicklingError(f"names {module}.{name}")
        return allowed[module, name]


def _empty_array(*_: object) -> np.ndarray:
    """Stand for the array whose contents follow in the pickle."""
    return np.empty(0, np.uint8)


def _latin1_bytes(text: str, encoding: str) -> bytes:
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"names the encoding {encoding!r}")
    return text.encode("latin1")


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
    try:
        with path.open("rb") as file:
            batch = _ArrayUnpickler(file, encoding="latin1").load()
        images, labels = batch["data"], np.asarray(batch["labels"])
    except (
        pickle.UnpicklingError,
        ArithmeticError,
        AttributeError,
        EOFError,
        LookupError,
        MemoryError,
        TypeError,
        ValueError,
    ) as error:
        found = f"not a CIFAR-10 batch: {type(error).__name__} {error}"
        raise ValueError(damaged(path, found)) from error
    if not isinstance(images, np.ndarray) or images.dtype != np.uint8:
        raise ValueError(damaged(path, "its data are not unsigned bytes"))
    if images.ndim != 2 or images.shape[1] != 3 * 32 * 32:  # noqa: PLR2004
        raise ValueError(damaged(path, f"data of shape {images.shape}, not (…, 3072)"))
    check_labels(path, labels, len(images))
    return images.reshape(-1, 3, 32, 32), labels.astype(np.int64)


def check_labels(path: Path, labels: np.ndarray, n_images: int) -> None:
    """Check that there is a class, 0 to 9, for each of at least one image.

    Raises
    ------
    ValueError
        If not; the message names the file.
    """
    if labels.shape != (n_images,) or not n_images:
        raise ValueError(damaged(path, f"{labels.size} labels for {n_images} images"))
    if labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() >= CLASSES:
        raise ValueError(damaged(path, "labels are not 0 to 9"))


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
    with whole_file(path) as temporary:
        temporary.write_bytes(pickle.dumps(batch, protocol=2))
