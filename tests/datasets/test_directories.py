import errno
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
from tests.datasets.recorded import PADDED, write_recordings, zip_files

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


def read_all(folder):
    """Return label, number, row and time of each recording in raw archives."""
    return {
        part: [
            (label, number, *events.y, *events.t)
            for label, number, events in NMNIST.read(folder, part, None)
        ]
        for part in ("train", "test")
    }


RECORDED = {"train": [(5, 1, 5, 1), (0, 2, 0, 2)], "test": [(7, 1, 7, 1)]}


def test_loose_recordings_are_packed_alike_each_time(tmp_path):
    write_recordings(tmp_path / "a" / "NMNIST", *PADDED)
    write_recordings(tmp_path / "b", *reversed(PADDED))
    packed = []
    for name in ("a", "b"):
        provenance = fetch_from(NMNIST, tmp_path / name, tmp_path / "raw" / name)
        packed.append(provenance["files"])
        assert provenance["title"] == "N-MNIST, from a directory, unverified"
    assert packed[0] == packed[1]
    with zipfile.ZipFile(tmp_path / "raw" / "a" / "train.zip") as archive:
        assert archive.namelist() == ["Train/0/00002.bin", "Train/5/00001.bin"]
        assert archive.read("Train/5/00001.bin") == bytes([5, 5, 128, 0, 1])
        assert {info.date_time[0] for info in archive.infolist()} == {1980}


MACOS = ("__MACOSX/Train/5/._00001.bin", "Train/5/._00001.bin", "Train/0/.DS_Store")


@pytest.mark.parametrize(
    "names",
    [
        PADDED,
        ("Train/5/1.bin", "Train/0/02.bin", "Test/7/000001.bin"),
        ("train/5/00001.bin", "train/0/00002.BIN", "test/7/1.bin"),
    ],
)
@pytest.mark.parametrize("zipped", [False, True])
def test_recordings_are_read_alike_from_folders_and_archives(tmp_path, names, zipped):
    write_recordings(tmp_path, *names)
    others = [name for name in MACOS if zipped or name.startswith("Train")]
    others = [name.replace("Train", names[0][:5]) for name in others]
    for name in others:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"\x00\x05\x16\x07 macOS")
    if zipped:
        home = tmp_path / "NMNIST"
        for part in ("train", "test"):
            ours = [n for n in (*names, *others) if part in n.lower()]
            zip_files(home / f"{part}.zip", tmp_path, ours)
    fetch_from(NMNIST, tmp_path, tmp_path / "raw")
    assert read_all(tmp_path / "raw") == RECORDED


def test_archives_of_recordings_are_taken_as_they_are(tmp_path):
    write_recordings(tmp_path, "Train/5/00001.bin", "Test/7/00001.bin")
    for part in ("Train", "Test"):
        NMNIST.pack(tmp_path / part, tmp_path / "NMNIST" / f"{part.lower()}.zip")
    fetch_from(NMNIST, tmp_path, tmp_path / "raw")
    there = (tmp_path / "NMNIST" / "train.zip").read_bytes()
    assert (tmp_path / "raw" / "train.zip").read_bytes() == there
    (tmp_path / "NMNIST" / "train.zip").write_bytes(there[:-30])
    with pytest.raises(ValueError, match=r"/train\.zip cannot be used \(File is no"):
        fetch_from(NMNIST, tmp_path, tmp_path / "again")


@pytest.mark.parametrize(
    "name", ["Train/10/00001.bin", "Train/00001.bin", "Train/0/more/1.bin", "Train/x"]
)
def test_recordings_named_otherwise_are_refused(tmp_path, name):
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).touch()
    with pytest.raises(ValueError, match=r"/Train cannot be used .*<label 0 to 9>/<id"):
        NMNIST.pack(tmp_path / "Train", tmp_path / "train.zip")
    assert not (tmp_path / "train.zip").exists()


def test_a_folder_of_recordings_that_cannot_be_listed_is_not_empty(
    tmp_path, monkeypatch
):
    write_recordings(tmp_path, *PADDED)
    scan = os.scandir

    def refuse(path):
        if os.fspath(path).endswith("/5"):
            raise PermissionError(errno.EACCES, "Permission denied", os.fspath(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    message = r"/Train/5 cannot be used \(Permission denied\)"
    with pytest.raises(ValueError, match=message):
        fetch_from(NMNIST, tmp_path, tmp_path / "raw")


@needs_data
@pytest.mark.parametrize("dataset", ["cifar10", "nmnist"])
def test_real_files_are_found(tmp_path, dataset):
    provenance = fetch_from(DATASETS[dataset], SHARED, tmp_path)
    assert not provenance["verified"] and not provenance["stand_in"]
    if dataset == "nmnist":
        with zipfile.ZipFile(tmp_path / "train.zip") as archive:
            original = Path(SHARED) / "NMNIST" / "Train" / "0" / "00002.bin"
            assert archive.read("Train/0/00002.bin") == original.read_bytes()
