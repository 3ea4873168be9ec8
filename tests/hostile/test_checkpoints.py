"""Checkpoints that attack, first a reader that trusts them, then ours."""

import io
import logging
import zipfile

import pytest
import torch

from spikemeter.training.checkpoint import READ_ERRORS, Checkpoint, read_state
from tests.hostile.bounds import outcome

ZEROS_BYTES = 160 << 20


def changed(path, state, change, packing=zipfile.ZIP_STORED):
    """Write what torch.save writes with another pickle in it."""
    saved = io.BytesIO()
    torch.save(state, saved)
    with zipfile.ZipFile(saved) as good, zipfile.ZipFile(path, "w", packing) as bad:
        for name in good.namelist():
            contents = good.read(name)
            bad.writestr(name, change(contents) if "data.pkl" in name else contents)
    return path


def assert_refused(path, caplog):
    with pytest.raises(READ_ERRORS):
        read_state(path)
    with caplog.at_level(logging.INFO):
        assert Checkpoint(path, "key").load() is None
    assert f"{path} is damaged" in caplog.text


def test_packed_tensors_are_not_unpacked(tmp_path):
    zeros = {"key": "key", "w": torch.zeros(ZEROS_BYTES, dtype=torch.uint8)}
    path = changed(tmp_path / "a.pt", zeros, bytes, zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 1 << 20
    assert "memory" in outcome(torch.load, path, "cpu")
    said = outcome(read_state, path)
    assert said.startswith("BadZipFile: it unpacks to 16777")


LIES = {
    # The tensor of 4 bytes, K\x04 in its pickle, is said to have more.
    "more numbers than are stored": (b"K\x04", b"J\xff\xff\xff\x7f"),
    "a start beyond the end": (b"K\x00K\x04\x85", b"M\xff\xffK\x04\x85"),
    "a start before the beginning": (b"K\x00K\x04\x85", b"J\xff\xff\xff\xffK\x04\x85"),
    "an absurd step": (b"K\x01\x85", b"J\xff\xff\xff\x7f\x85"),
    "a negative step": (b"K\x01\x85", b"J\xff\xff\xff\xff\x85"),
    "another name": (b"_rebuild_tensor_v2", b"_rebuild_tensor_v9"),
    "a storage that is not there": (b"X\x01\x00\x00\x000", b"X\x01\x00\x00\x007"),
}


@pytest.mark.parametrize(("true", "lie"), LIES.values(), ids=LIES)
def test_tensors_never_reach_beyond_what_is_stored(tmp_path, caplog, true, lie):
    state = {"key": "key", "w": torch.ones(4, dtype=torch.uint8)}
    changed(tmp_path / "good.pt", state, bytes)
    assert Checkpoint(tmp_path / "good.pt", "key").load() is not None

    def change(contents):
        assert true in contents
        return contents.replace(true, lie)

    assert_refused(changed(tmp_path / "a.pt", state, change), caplog)


RUN = {
    "os.system": b"cposix\nsystem\n(S'touch executed'\ntR",
    "eval": b"cbuiltins\neval\n(S\"open('executed', 'w')\"\ntR",
    "getattr": b"cbuiltins\ngetattr\n(cpathlib\nPath\nS'touch'\ntR"
    b"(cpathlib\nPath\n(S'executed'\ntRtR",
    "numpy.memmap": b"cnumpy\nmemmap\n(S'executed'\nS'u1'\nS'w+'\nI0\n(I1\nttR",
}


@pytest.mark.parametrize("thing", RUN.values(), ids=RUN)
def test_nothing_is_run(tmp_path, monkeypatch, caplog, thing):
    monkeypatch.chdir(tmp_path)
    path = changed(tmp_path / "a.pt", {}, lambda _: b"\x80\x02" + thing + b".")
    assert_refused(path, caplog)
    assert "more than tensors" in caplog.text and "weights_only" not in caplog.text
    assert not (tmp_path / "executed").exists()
    torch.load(path, weights_only=False)
    assert (tmp_path / "executed").exists()


@pytest.mark.parametrize(
    "contents",
    [
        b"\x80\x02]r\xff\xff\xff\x0f.",
        b"\x80\x02" + b"X\xff\xff\xff\x7f",
        b"\x80\x02}" + b")" + b"\x85" * 100_000 + b"K\x01s.",
    ],
)
def test_a_pickle_cannot_exhaust_memory_or_crash(tmp_path, contents):
    path = changed(tmp_path / "a.pt", {}, lambda _: contents)
    said = outcome(read_state, path)
    assert not said.startswith(("killed", "MemoryError"))
