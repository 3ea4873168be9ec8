"""CIFAR-10: colour photographs; its stand-in is coloured digits."""

import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from spikemeter.datasets.dataset import PublishedFile
from spikemeter.datasets.fetch.pickles import Call, read_pickle
from spikemeter.datasets.kinds.images import ImageDataSet, read_bounded
from spikemeter.datasets.samples import digits
from spikemeter.files import DamagedFileError, write_whole

FILES = {
    "train": tuple(f"data_batch_{number}" for number in range(1, 6)),
    "test": ("test_batch",),
}


class BatchDataSet(ImageDataSet):
    """A data set of colour images in CIFAR-10's six batches."""

    def read_files(
        self, folder: Path, part: str
    ) -> Iterator[tuple[Path, np.ndarray, np.ndarray]]:
        """Yield the images of each batch, with their labels."""
        for name in FILES[part]:
            yield folder / name, *read_batch(folder / name)


def read_batch(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Read a pickled batch without running anything that it may contain.

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
                bytes(raw) | str(raw) | Call("_codecs encode", (str(raw), "latin1")),
            ),
        ):
            contents = raw if isinstance(raw, bytes) else raw.encode("latin1")
            order: Literal["C", "F"] = "F" if by_columns else "C"
        case Call(  # of protocol 5
            "numpy.core.numeric _frombuffer" | "numpy._core.numeric _frombuffer",
            (
                bytes(contents) | bytearray(contents),
                Call("numpy dtype", ("u1", *_)),
                (int(n_images), 3072),
                "C" | "F" as order,
            ),
        ):
            pass
        case _:
            raise ValueError("data are not unsigned bytes of shape (…, 3072)")
    pixels = np.frombuffer(contents, np.uint8)
    return pixels.reshape(n_images, 3072, order=order).reshape(-1, 3, 32, 32)


def write_batch(
    path: Path, images: np.ndarray, labels: np.ndarray, batch_label: str
) -> None:
    """Write what :func:`read_batch` reads, with CIFAR-10's keys and pickle protocol."""
    batch = {
        "batch_label": batch_label,
        "labels": labels.tolist(),
        "data": images.reshape(len(images), -1),
    }
    with write_whole(path) as temporary:
        temporary.write_bytes(pickle.dumps(batch, protocol=2))


CIFAR10 = BatchDataSet(
    name="cifar10",
    title="CIFAR-10",
    licence="none stated; the authors ask for a citation",
    citation="A. Krizhevsky: Learning multiple layers of features from tiny images. "
    "Technical report, University of Toronto, 2009",
    sample_shape=(3, 32, 32),
    classes=(
        *("airplane", "automobile", "bird", "cat", "deer"),
        *("dog", "frog", "horse", "ship", "truck"),
    ),
    train_samples=50_000,
    test_samples=10_000,
    sample_bytes=3 * 32**2,
    # torchvision, datasets/cifar.py
    raw_files={
        "data_batch_1": "md5:c99cafc152244af753f735de768cd75f",
        "data_batch_2": "md5:d4bba439e000b95fd0a9bffe97cbabec",
        "data_batch_3": "md5:54ebc095f3ab1f0389bbae665268c751",
        "data_batch_4": "md5:634d18415352ddfa80567beed471001a",
        "data_batch_5": "md5:482c414d41f54cd18b22e5b47cb7c3cb",
        "test_batch": "md5:40351d587109b95175f43aff81a1287e",
    },
    raw_bytes=31_035_999,
    published=(
        PublishedFile(
            "cifar-10-python.tar.gz",
            "md5:c58f30108f718f92721af3b95e74349a",
            ("https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",),
        ),
    ),
    published_bytes=170_498_071,
    home="cifar-10-batches-py",
    sample=replace(
        digits.SAMPLE,
        title="coloured digits (stand-in for CIFAR-10)",
        real=False,
        maker="spikemeter.datasets.samples.colours:write_batches",
    ),
)
