"""IDX, the file format of MNIST and of the data sets made like it."""

import math
import struct
from pathlib import Path

import numpy as np

from spikemeter.datasets.dataset import ImageDataSet
from spikemeter.datasets.raw_files import check_labels, read_bounded
from spikemeter.files import DamagedFileError, write_whole

# Images and labels of each part.
FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}


class IdxDataSet(ImageDataSet):
    """A data set of grey images in MNIST's four files."""

    def read(self, folder: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
        """Read all images of a part."""
        images_path, labels_path = (folder / name for name in FILES[part])
        images, labels = read_idx(images_path), read_idx(labels_path)
        if images.shape[1:] != self.sample_shape[1:]:
            found = f"images of shape {images.shape[1:]}"
            raise DamagedFileError(images_path, found)
        check_labels(labels_path, labels, len(images), len(self.classes))
        return images[:, np.newaxis], labels.astype(np.int64)

    def forms(self, name: str) -> tuple[str, ...]:
        """Return the name of a raw file, and of the same file compressed."""
        return (name, f"{name}.gz")


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
    contents = read_bounded(path)
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
