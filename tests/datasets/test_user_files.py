"""Files of a user's that are not as they should be: named, refused, not kept."""

import errno
import gzip
import os
import pickle
import re
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from spikemeter.datasets.cifar10 import CIFAR10
from spikemeter.datasets.mnist import MNIST
from spikemeter.datasets.nmnist import NMNIST
from tests.datasets.published import assert_fetched, fetch_from
from tests.datasets.recorded import PADDED, write_recordings, zip_files

POINTER = (
    b"version https://git-lfs.github.com/spec/v1\n"
    b"oid sha256:440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609\n"
    b"size 9912422\n"
)
IMAGES, LABELS_NAME = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
AGAIN = "replace it, then run the same command again"


def assert_refused_until_mended(dataset, theirs, raw, path, contents, found):
    """Fetch with a bad file of a user's, then with the good one in its place."""
    good = path.read_bytes()
    path.write_bytes(contents(good))
    for _ in range(2):  # the same again, as long as it is not mended
        with pytest.raises(ValueError, match=AGAIN) as caught:
            fetch_from(dataset, theirs, raw)
        assert str(caught.value).startswith(f"{path} ")
        assert found in str(caught.value) and str(raw) not in str(caught.value)
        assert "damaged" not in str(caught.value)
        assert not list(raw.iterdir())
    path.write_bytes(good)
    fetch_from(dataset, theirs, raw)
    assert {file.name for file in raw.iterdir()} == set(dataset.raw_files)


def idx(array):
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + bytes(
        array
    )


@pytest.mark.parametrize("form", ["-idx", "-idx.gz", ".idx", ".idx.gz"])
@pytest.mark.parametrize(
    ("name", "contents", "found"),
    [
        (IMAGES, lambda good: good[:5000], "states shape (20, 28, 28) but holds 4984"),
        (IMAGES, lambda _: idx(np.zeros((20, 28, 27), np.uint8)), "(28, 27)"),
        (LABELS_NAME, lambda good: good[:8] + b"\x0a" * 20, "labels are not 0 to 9"),
        (
            LABELS_NAME,
            lambda _: idx(np.zeros(19, np.uint8)),
            "19 labels for 20 images",
        ),
    ],
)
def test_mnist_files_are_read_when_they_are_fetched(
    tmp_path, mnist_files, form, name, contents, found
):
    home = tmp_path / "theirs"
    home.mkdir()

    def theirs(name):
        return home / f"{name.replace('-idx', form[:4])}{form[4:]}"

    pack, unpack = bytes, bytes
    if form.endswith(".gz"):
        pack, unpack = gzip.compress, gzip.decompress
    for each, body in mnist_files.items():
        theirs(each).write_bytes(pack(body))
    assert_refused_until_mended(
        MNIST,
        home,
        tmp_path / "raw",
        theirs(name),
        lambda good: pack(contents(unpack(good))),
        found,
    )
    assert_fetched(tmp_path / "raw", mnist_files)


def test_a_gzip_file_that_is_cut_names_itself(tmp_path, mnist_files):
    home = tmp_path / "theirs"
    home.mkdir()
    for name, body in mnist_files.items():
        (home / f"{name}.gz").write_bytes(gzip.compress(body))
    assert_refused_until_mended(
        MNIST,
        home,
        tmp_path / "raw",
        home / f"{IMAGES}.gz",
        lambda good: good[:-9],
        "not a whole gzip file",
    )


def test_a_file_that_is_far_too_long_names_itself(tmp_path, mnist_files):
    home = tmp_path / "theirs"
    home.mkdir()
    for name, body in mnist_files.items():
        (home / name).write_bytes(body)
    os.truncate(home / IMAGES, MNIST.raw_limit_bytes + 1)
    with pytest.raises(ValueError, match=f"^{home / IMAGES} would take more than"):
        fetch_from(MNIST, home, tmp_path / "raw")
    assert not list((tmp_path / "raw").iterdir())


def rewritten(change):
    return lambda good: pickle.dumps(change(pickle.loads(good)), protocol=2)


@pytest.mark.parametrize(
    ("contents", "found"),
    [
        (lambda good: good[:3000], "not a CIFAR-10 batch"),
        (rewritten(lambda batch: batch | {"labels": [3]}), "1 labels for 2 images"),
        (rewritten(lambda batch: batch | {"labels": [3, 10]}), "labels are not 0 to 9"),
        (lambda _: pickle.dumps(print), "it names 'builtins print'"),
        (lambda _: POINTER, "a Git LFS pointer, not the file itself: run git lfs pull"),
    ],
)
def test_batches_are_read_when_they_are_fetched(tmp_path, batch_files, contents, found):
    path = tmp_path / "b" / "data_batch_3"
    assert_refused_until_mended(
        CIFAR10, tmp_path / "b", tmp_path / "raw", path, contents, found
    )
    assert_fetched(tmp_path / "raw", batch_files)


def test_a_git_lfs_pointer_with_any_name_is_called_one(tmp_path, mnist_files):
    home = tmp_path / "theirs"
    home.mkdir()
    for name in mnist_files:
        (home / f"{name}.gz").write_bytes(POINTER)
    with pytest.raises(ValueError, match=r"ubyte\.gz cannot be used \(a Git LFS poin"):
        fetch_from(MNIST, home, tmp_path / "raw")
    write_recordings(tmp_path, "Train/5/00001.bin", "Test/7/00001.bin")
    (tmp_path / "train.zip").write_bytes(POINTER)
    with pytest.raises(ValueError, match=r"train\.zip cannot be used \(a Git LFS poin"):
        fetch_from(NMNIST, tmp_path, tmp_path / "raw")


LARGER = bytes([5, 7, 128, 0, 1, 127, 90, 0, 0, 2])


@pytest.mark.parametrize(
    ("contents", "found"),
    [
        (bytes(10_003), "has 10003 bytes but each event has 5"),
        (LARGER, "event 1: x is 127 and y is 90 but the sensor has 0 to 33"),
        (bytes([5, 7, 128, 0, 9, 5, 7, 128, 0, 8]), "event 1: time must not decrease"),
        (POINTER, "a Git LFS pointer, not the file itself"),
        (bytes((1 << 20) + 5), "1048576"),
    ],
)
@pytest.mark.parametrize("zipped", [False, True])
def test_recordings_are_read_when_they_are_fetched(tmp_path, contents, found, zipped):
    names = [*PADDED, "Train/3/00003.bin"]
    write_recordings(tmp_path / "theirs", *names)
    raw, bad = tmp_path / "raw", tmp_path / "theirs/Train/3/00003.bin"
    if not zipped:
        assert_refused_until_mended(
            NMNIST, tmp_path / "theirs", raw, bad, lambda _: contents, found
        )
        return
    for part in ("Train", "Test"):
        ours = [name for name in names if name.startswith(part)]
        zip_files(tmp_path / "zips" / f"{part.lower()}.zip", tmp_path / "theirs", ours)
    bad.write_bytes(contents)
    zip_files(tmp_path / "bad.zip", tmp_path / "theirs", names[:2] + names[3:])
    path = tmp_path / "zips/train.zip"
    broken = (tmp_path / "bad.zip").read_bytes()
    assert_refused_until_mended(
        NMNIST, path.parent, raw, path, lambda _: broken, "Train/3/00003.bin"
    )
    path.write_bytes(broken)
    with pytest.raises(ValueError, match=re.escape(found)):
        fetch_from(NMNIST, path.parent, raw)


def test_an_id_that_stands_twice_is_refused_in_a_folder_too(tmp_path):
    write_recordings(tmp_path, *PADDED, "Train/3/2.bin")
    with pytest.raises(ValueError, match=r"/Train cannot be used .* occur once"):
        fetch_from(NMNIST, tmp_path, tmp_path / "raw")


@pytest.mark.parametrize(
    ("packing", "name"), [(zipfile.ZIP_BZIP2, "bzip2"), (zipfile.ZIP_LZMA, "LZMA")]
)
def test_archives_of_other_methods_are_not_called_damaged(tmp_path, packing, name):
    theirs = tmp_path / "theirs"
    write_recordings(theirs, *PADDED)
    NMNIST.pack(theirs / "Train", theirs / "train.zip")
    zip_files(tmp_path / "other.zip", theirs, PADDED[:2], packing)
    other = (tmp_path / "other.zip").read_bytes()
    assert_refused_until_mended(
        NMNIST,
        theirs,
        tmp_path / "raw",
        theirs / "train.zip",
        lambda _: other,
        f"by method {name} but must be stored or deflated, as by zip -r",
    )


def test_a_directory_that_is_not_there_says_so(tmp_path):
    message = f"^{tmp_path}/none does not exist; correct data.mnist.directory in conf"
    with pytest.raises(ValueError, match=message):
        fetch_from(MNIST, tmp_path / "none", tmp_path / "raw")
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match=f"^{tmp_path}/file is no folder; correct"):
        fetch_from(MNIST, tmp_path / "file", tmp_path / "raw")


def test_a_file_that_may_not_be_read_names_itself(tmp_path, batch_files, monkeypatch):
    allowed = Path.open

    def refuse(path, *arguments):
        if path == tmp_path / "b" / "data_batch_3":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return allowed(path, *arguments)

    monkeypatch.setattr(Path, "open", refuse)
    message = r"/b/data_batch_3 cannot be used \(Permission denied\)"
    with pytest.raises(ValueError, match=message):
        fetch_from(CIFAR10, tmp_path / "b", tmp_path / "raw")
