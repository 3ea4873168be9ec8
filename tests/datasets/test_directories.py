import gzip
import os
import zipfile
from pathlib import Path

import pytest

from spikemeter.datasets.cifar10 import CIFAR10
from spikemeter.datasets.mnist import MNIST
from spikemeter.datasets.nmnist import NMNIST
from spikemeter.datasets.registry import DATASETS
from tests.datasets.published import assert_fetched, fetch_from, publish

SHARED = os.environ.get("SPIKEMETER_DATA")
needs_data = pytest.mark.skipif(SHARED is None, reason="SPIKEMETER_DATA is not set")


@pytest.mark.parametrize("home", ["MNIST/raw", "."])
@pytest.mark.parametrize("packed", [False, True])
def test_mnist_is_found_as_torchvision_keeps_it(tmp_path, mnist_files, home, packed):
    (tmp_path / "here" / home).mkdir(parents=True)
    for name, body in mnist_files.items():
        file = tmp_path / "here" / home / (f"{name}.gz" if packed else name)
        file.write_bytes(gzip.compress(body) if packed else body)
    provenance = fetch_from(MNIST, tmp_path / "here", tmp_path / "raw")
    assert_fetched(tmp_path / "raw", mnist_files)
    assert not provenance["verified"]
    assert provenance["title"] == "MNIST, from a directory, unverified"
    mnist = publish(MNIST, mnist_files, {})
    provenance = fetch_from(mnist, tmp_path / "here", tmp_path / "raw")
    assert provenance["verified"] and provenance["title"] == "MNIST"


def test_one_file_that_differs_leaves_all_unverified(tmp_path, batch_files):
    cifar10 = publish(CIFAR10, batch_files | {"test_batch": b"other"}, {})
    provenance = fetch_from(cifar10, tmp_path / "b", tmp_path / "raw")
    assert_fetched(tmp_path / "raw", batch_files)
    assert not provenance["verified"]


def test_what_is_missing_is_named_with_where_it_was_sought(tmp_path, batch_files):
    home = tmp_path / "cifar-10-batches-py"
    home.mkdir()
    for name in list(batch_files)[1:]:
        (home / name).write_bytes(batch_files[name])
    missing = f"looked for {home / next(iter(batch_files))}, .*cifar10.directory"
    with pytest.raises(ValueError, match=missing):
        fetch_from(CIFAR10, tmp_path, tmp_path / "raw")
    assert not list((tmp_path / "raw").iterdir())


def recordings(folder, names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


def test_loose_recordings_are_packed_alike_each_time(tmp_path):
    names = ["Train/5/00001.bin", "Train/0/00002.bin", "Test/7/00001.bin"]
    recordings(tmp_path / "a" / "NMNIST", names)
    recordings(tmp_path / "b", reversed(names))
    packed = []
    for name in ("a", "b"):
        provenance = fetch_from(NMNIST, tmp_path / name, tmp_path / "raw" / name)
        packed.append(provenance["files"])
        assert provenance["title"] == "N-MNIST, from a directory, unverified"
    assert packed[0] == packed[1]
    with zipfile.ZipFile(tmp_path / "raw" / "a" / "train.zip") as archive:
        assert archive.namelist() == ["Train/0/00002.bin", "Train/5/00001.bin"]
        assert archive.read("Train/5/00001.bin") == b"Train/5/00001.bin"
        assert {info.date_time[0] for info in archive.infolist()} == {1980}


def test_archives_of_recordings_are_taken_as_they_are(tmp_path):
    recordings(tmp_path, ["Train/5/00001.bin", "Test/7/00001.bin"])
    for part in ("Train", "Test"):
        NMNIST.pack(tmp_path / part, tmp_path / "NMNIST" / f"{part.lower()}.zip")
    fetch_from(NMNIST, tmp_path, tmp_path / "raw")
    there = (tmp_path / "NMNIST" / "train.zip").read_bytes()
    assert (tmp_path / "raw" / "train.zip").read_bytes() == there
    (tmp_path / "NMNIST" / "train.zip").write_bytes(there[:-30])
    with pytest.raises(ValueError, match="not a whole zip"):
        fetch_from(NMNIST, tmp_path, tmp_path / "again")


@pytest.mark.parametrize("name", ["Train/5/1.bin", "Train/10/00001.bin", "Train/x"])
def test_recordings_named_otherwise_are_refused(tmp_path, name):
    recordings(tmp_path, [name])
    with pytest.raises(ValueError, match=r"<label>/<id"):
        NMNIST.pack(tmp_path / "Train", tmp_path / "train.zip")
    assert not (tmp_path / "train.zip").exists()


@needs_data
@pytest.mark.parametrize("dataset", ["cifar10", "nmnist"])
def test_real_files_are_found(tmp_path, dataset):
    provenance = fetch_from(DATASETS[dataset], SHARED, tmp_path)
    assert not provenance["verified"] and not provenance["stand_in"]
    if dataset == "nmnist":
        with zipfile.ZipFile(tmp_path / "train.zip") as archive:
            original = Path(SHARED) / "NMNIST" / "Train" / "0" / "00002.bin"
            assert archive.read("Train/0/00002.bin") == original.read_bytes()
