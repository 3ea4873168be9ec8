import numpy as np
import pytest

from spikemeter.datasets.cifar10 import CIFAR10, write_batch
from spikemeter.datasets.mnist import write_idx

LABELS = np.tile(np.arange(10), 3).astype(np.uint8)
DIGITS = np.random.default_rng(6).integers(0, 256, (30, 28, 28), np.uint8)


@pytest.fixture
def mnist_files(tmp_path):
    """Four small IDX files."""
    folder = tmp_path / "mnist"
    for prefix, part in (("train", slice(0, 20)), ("t10k", slice(20, 30))):
        write_idx(folder / f"{prefix}-images-idx3-ubyte", DIGITS[part])
        write_idx(folder / f"{prefix}-labels-idx1-ubyte", LABELS[part])
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def batch_files(tmp_path):
    """Six small CIFAR-10 batches."""
    images = np.zeros((2, 3, 32, 32), np.uint8)
    for i, name in enumerate(CIFAR10.raw_files):
        write_batch(tmp_path / "b" / name, images + i, LABELS[:2], "")
    return {path.name: path.read_bytes() for path in (tmp_path / "b").iterdir()}
