import hashlib
import json
import zipfile

import numpy as np
import pytest

from spikemeter.datasets.cifar10 import CIFAR10
from spikemeter.datasets.fetch.source_settings import SourceSettings
from spikemeter.datasets.fetch.sources import fetch
from spikemeter.datasets.mnist import MNIST
from spikemeter.datasets.nmnist import NMNIST
from spikemeter.datasets.prepared import load_arrays
from spikemeter.datasets.registry import DATASETS, KINDS
from spikemeter.datasets.samples import digits
from spikemeter.resource_paths import find_resource
from tests.datasets.conftest import DIGITS, LABELS

SAMPLE = find_resource(digits.SAMPLE.file)


@pytest.fixture
def sample(tmp_path):
    path = tmp_path / "sample.npz"
    arrays = {"train_images": DIGITS[:20], "train_labels": LABELS[:20]}
    np.savez(path, **arrays, test_images=DIGITS[20:], test_labels=LABELS[20:])
    return path


def test_the_sample_is_what_its_description_says():
    arrays = load_arrays(SAMPLE)
    for part, n in (("train", 5000), ("test", 1000)):
        images, labels = arrays[f"{part}_images"], arrays[f"{part}_labels"]
        assert images.shape == (n, 28, 28) and images.dtype == np.uint8
        assert labels.dtype == np.uint8
        assert arrays[f"{part}_ids"].dtype == np.int32
        assert len(np.unique(arrays[f"{part}_ids"])) == n
        assert (labels.reshape(-1, 10).sum(1) == 45).all()
        rounds = np.sort(labels.reshape(-1, 10), axis=1)
        assert (rounds == np.arange(10)).all()  # so every prefix is balanced
    assert arrays["train_images"].mean() == pytest.approx(0.1307 * 255, rel=0.02)


def test_the_sample_of_mnist_is_real_and_verified(tmp_path):
    provenance = fetch(MNIST, SourceSettings(), tmp_path)
    sample = load_arrays(SAMPLE)
    images, _ = MNIST.read(tmp_path, "train")
    np.testing.assert_array_equal(images[:, 0], sample["train_images"])
    _, labels = MNIST.read(tmp_path, "test")
    np.testing.assert_array_equal(labels, sample["test_labels"])
    assert provenance["title"] == "MNIST sample"
    assert provenance["verified"] and not provenance["stand_in"]
    assert provenance["origin"] == "embedded"
    assert json.loads(json.dumps(provenance)) == provenance


def test_another_sample_is_not_called_verified_and_its_files_are_listed(
    tmp_path, sample
):
    provenance = fetch(MNIST, SourceSettings(), tmp_path / "raw", sample)
    assert not provenance["verified"]
    assert provenance["title"].endswith(", unverified")
    assert set(provenance["files"]) == set(MNIST.raw_files)
    for name, file in provenance["files"].items():
        contents = (tmp_path / "raw" / name).read_bytes()
        assert file["bytes"] == len(contents)
        assert file["sha256"] == hashlib.sha256(contents).hexdigest()


def test_coloured_digits_stand_in_for_cifar10(tmp_path, sample):
    provenance = fetch(CIFAR10, SourceSettings(), tmp_path / "raw", sample)
    again = fetch(CIFAR10, SourceSettings(), tmp_path / "again", sample)
    images, labels = CIFAR10.read(tmp_path / "raw", "train")
    assert images.shape == (20, 3, 32, 32)
    np.testing.assert_array_equal(labels, LABELS[:20])
    _, labels = CIFAR10.read(tmp_path / "raw", "test")
    np.testing.assert_array_equal(labels, LABELS[20:])
    assert provenance["stand_in"] and "stand-in for CIFAR-10" in provenance["title"]
    assert provenance["files"] == again["files"]


def test_simulated_recordings_stand_in_for_nmnist(tmp_path, sample):
    provenance = fetch(NMNIST, SourceSettings(), tmp_path / "raw", sample)
    assert provenance["stand_in"] and provenance["title"].startswith("simulated")
    with zipfile.ZipFile(tmp_path / "raw" / "test.zip") as archive:
        names = archive.namelist()
    assert len(names) == 10 and all(name.startswith("Test/") for name in names)


@pytest.mark.network
def test_the_sample_can_be_made_again(tmp_path):
    from resources.make_mnist_sample import make  # noqa: PLC0415

    make(tmp_path / "again.npz")
    made, kept = load_arrays(tmp_path / "again.npz"), load_arrays(SAMPLE)
    assert made.keys() == kept.keys()
    for key, array in made.items():
        np.testing.assert_array_equal(array, kept[key])


@pytest.mark.parametrize(
    ("dataset", "settings", "found"),
    [
        ("cifar10", {"source": "npm"}, "'npm' but .* sample, official, directory"),
        ("mnist", {"source": "Sample"}, r"data\.mnist\.source in config"),
        ("nmnist", {"source": "directory"}, r"data\.nmnist\.directory in config"),
    ],
)
def test_a_source_that_cannot_be_is_refused(tmp_path, dataset, settings, found):
    with pytest.raises(ValueError, match=found):
        fetch(DATASETS[dataset], SourceSettings(**settings), tmp_path / "raw")
    assert not (tmp_path / "raw").exists()


def test_every_data_set_describes_itself():
    for name, dataset in DATASETS.items():
        assert dataset.name == name and dataset.kind in KINDS
        assert dataset.sources[-1] == "directory"
        assert (dataset.sources[0] == "sample") == (dataset.sample is not None)
    with pytest.raises(KeyError, match="'imagenet' is not a data set; allowed are mn"):
        DATASETS["imagenet"]
