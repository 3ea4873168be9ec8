"""The embedded sample of MNIST, and the stand-ins that are made from it."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from spikemeter.datasets.arrays import load_arrays
from spikemeter.datasets.image_files import write_cifar10_batch, write_idx
from spikemeter.resource_files import find_resource

MNIST_SAMPLE = find_resource("mnist_sample.npz")

N_TRAIN_BATCHES = 5


def write_raw_files(dataset: str, sample: Path, folder: Path) -> None:
    """Write the raw files of a data set, or of its stand-in, from the sample.

    Parameters
    ----------
    dataset : {'mnist', 'cifar10', 'nmnist'}
    sample : Path
        The embedded sample, see resources/README.md.
    folder : Path
        Where the files go, in the format of the data set.
    """
    arrays = load_arrays(sample)
    {"mnist": _write_digits, "cifar10": _write_colours, "nmnist": _write_recordings}[
        dataset
    ](arrays, folder)


def _write_digits(arrays: Mapping[str, np.ndarray], folder: Path) -> None:
    for part, prefix in (("train", "train"), ("test", "t10k")):
        write_idx(folder / f"{prefix}-images-idx3-ubyte", arrays[f"{part}_images"])
        write_idx(folder / f"{prefix}-labels-idx1-ubyte", arrays[f"{part}_labels"])


def _write_colours(arrays: Mapping[str, np.ndarray], folder: Path) -> None:
    from spikemeter.datasets.samples import colours  # noqa: PLC0415 - needed here alone

    # One call for both parts: two would give them the same textures.
    images = colours.stand_in(
        np.concatenate([arrays["train_images"], arrays["test_images"]]), colours.SEED
    )
    labels = np.concatenate([arrays["train_labels"], arrays["test_labels"]])
    n_train = len(arrays["train_labels"])
    rows = np.array_split(np.arange(n_train), N_TRAIN_BATCHES)
    for number, batch in enumerate(rows, start=1):
        path = folder / f"data_batch_{number}"
        label = f"training batch {number} of {N_TRAIN_BATCHES}"
        write_cifar10_batch(path, images[batch], labels[batch], label)
    path = folder / "test_batch"
    write_cifar10_batch(
        path, images[n_train:], labels[n_train:], "testing batch 1 of 1"
    )


def _write_recordings(arrays: Mapping[str, np.ndarray], folder: Path) -> None:
    from spikemeter.datasets.samples import saccades  # noqa: PLC0415 - slow to import

    saccades.write_archives(
        arrays["train_images"],
        arrays["train_labels"],
        arrays["test_images"],
        arrays["test_labels"],
        folder,
    )
