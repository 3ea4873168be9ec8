from pathlib import Path

import numpy as np
import pytest

from spikemeter.datasets.prepared import (
    load_arrays,
    read_input,
    read_source,
    write_input,
)
from spikemeter.files import read_json, sha256, write_json

ARRAYS = {
    "train_images": np.arange(24, dtype=np.uint8).reshape(6, 2, 2),
    "train_labels": np.arange(6),
    "test_labels": np.arange(3),
}
MADE_FROM = {"key": "prepared", "spec": {"size": 2}}


@pytest.fixture
def source(tmp_path):
    """Return source.json, with a raw file next to it."""
    (tmp_path / "digits").write_bytes(b"raw digits")
    path = tmp_path / "source.json"
    files = {"digits": {"bytes": 10, "sha256": sha256(tmp_path / "digits")}}
    write_json(path, {"title": "Digits", "key": "fetched", "files": files})
    return path


@pytest.fixture
def paths(tmp_path, source):
    """Return an input's two files."""
    paths = str(tmp_path / "input.npz"), str(tmp_path / "input.json")
    write_input(paths, ARRAYS, read_source(source, "fetched"), MADE_FROM, {"on": 2})
    return paths


def test_what_is_written_is_read(paths):
    arrays, provenance = read_input(paths, "prepared")
    assert arrays.keys() == ARRAYS.keys()
    assert all(np.array_equal(arrays[name], ARRAYS[name]) for name in ARRAYS)
    told = {"title": "Digits", "prepared": {"size": 2}, "counts": {"on": 2}}
    assert told.items() <= provenance.items()
    assert (provenance["train_samples"], provenance["test_samples"]) == (6, 3)


def test_files_that_changed_or_are_of_other_settings_are_refused(source, paths):
    with pytest.raises(ValueError, match=r"source\.json .*made from other settings"):
        read_source(source, "fetched otherwise")
    with pytest.raises(ValueError, match=r"input\.json .*made from other settings"):
        read_input(paths, "prepared otherwise")
    source.with_name("digits").write_bytes(b"raw digitz")
    with pytest.raises(ValueError, match=r"digits is damaged \(its checksum differs\)"):
        read_source(source, "fetched")
    arrays = {**ARRAYS, "train_labels": np.arange(6)[::-1]}
    np.savez(paths[0], allow_pickle=False, **arrays)
    with pytest.raises(ValueError, match=r"input\.npz is damaged"):
        read_input(paths, "prepared")


@pytest.mark.parametrize(
    ("name", "key", "lacking"),
    [
        ("source.json", "fetched", "files"),
        ("input.json", "prepared", "arrays_sha256"),
    ],
)
def test_what_lacks_its_checksums_is_refused(paths, source, name, key, lacking):
    path = source.with_name(name)
    content = read_json(path)
    del content[lacking]
    write_json(path, content)
    with pytest.raises(ValueError, match=rf"{name} is damaged \(it lacks {lacking}\)"):
        if name == "source.json":
            read_source(path, key)
        else:
            read_input(paths, key)


def test_equal_arrays_give_equal_bytes_and_objects_are_not_written(tmp_path, paths):
    again = str(tmp_path / "again.npz"), str(tmp_path / "again.json")
    write_input(again, ARRAYS, {}, MADE_FROM, {})
    assert Path(again[0]).read_bytes() == Path(paths[0]).read_bytes()
    objects = ARRAYS | {"train_labels": np.array([{}], dtype=object)}
    with pytest.raises(ValueError, match="pickle"):
        write_input((str(tmp_path / "none.npz"), ""), objects, {}, MADE_FROM, {})
    assert not list(tmp_path.glob("*none*"))


def test_damaged_arrays_are_named(tmp_path):
    path = tmp_path / "a.npz"
    with pytest.raises(FileNotFoundError):
        load_arrays(path)
    np.savez(path, images=ARRAYS["train_images"])
    good = path.read_bytes()
    middle = len(good) // 2
    flipped = good[:middle] + bytes([good[middle] ^ 1]) + good[middle + 1 :]
    np.save(tmp_path / "a.npy", ARRAYS["train_images"])
    alone = (tmp_path / "a.npy").read_bytes()
    for contents in (b"", b"text", good[:-1], good[:middle], flipped, alone):
        path.write_bytes(contents)
        with pytest.raises(ValueError, match=r"a\.npz is damaged .*run the same"):
            load_arrays(path)


def test_a_changed_byte_of_arrays_is_noticed_or_harmless(tmp_path):
    path, labels = tmp_path / "a.npz", np.arange(30, dtype=np.uint8)
    np.savez(path, labels=labels)
    good = path.read_bytes()
    for n in range(len(good)):
        changed = bytearray(good)
        changed[n] ^= 0x11
        path.write_bytes(changed)
        try:
            loaded = load_arrays(path)
        except ValueError:
            continue
        for array in loaded.values():
            np.testing.assert_array_equal(array, labels)
