"""Pickles that attack, first a reader that trusts them, then ours."""

import copyreg
import pickle
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikemeter.datasets.cifar10 import read_batch
from tests.hostile.bounds import outcome

IMAGES = np.arange(2 * 3072).astype(np.uint8).reshape(2, 3072)
GOOD = pickle.dumps({"data": IMAGES, "labels": [3, 4]}, protocol=2)


class Restricted(pickle.Unpickler):
    """What is often advised: only the names of which an array is made."""

    def find_class(self, module, name):
        if name in {"dtype", "ndarray", "_reconstruct"} and module[:5] == "numpy":
            return super().find_class(module, name)
        raise pickle.UnpicklingError(name)


def restricted(path):
    with path.open("rb") as file:
        return Restricted(file, encoding="latin1").load()


def text(value):
    return b"\x8c" + bytes([len(value)]) + value.encode()


def batch(thing):
    """Return a pickle with one good image, and something else next to it."""
    return GOOD[:-2] + b"X\x04\x00\x00\x00more" + thing + b"u."


PATH = b"cpathlib\nPath\n(S'executed'\ntR"
RUN = {
    "os.system": b"cposix\nsystem\n(S'touch executed'\ntR",
    "eval": b"cbuiltins\neval\n(S\"open('executed', 'w')\"\ntR",
    "exec": b"cbuiltins\nexec\n(S\"open('executed', 'w')\"\ntR",
    "getattr": b"cbuiltins\ngetattr\n(cpathlib\nPath\nS'touch'\ntR(" + PATH + b"tR",
    "a dotted name": text("pathlib") + text("Path.touch") + b"\x93(" + PATH + b"tR",
    "INST": b"(S'touch executed'\niposix\nsystem\n",
    "OBJ": b"(cposix\nsystem\nS'touch executed'\no",
    "an extension": b"\x82\xf0(S'touch executed'\ntR",
    "numpy.memmap": b"cnumpy\nmemmap\n(S'executed'\nS'u1'\nS'w+'\nI0\n(I1\nttR",
    "numpy's own exec": b"cnumpy.testing\nrunstring\n(S\"open('executed', 'w')\"\n(dtR",
    "BUILD": b"ctypes\nSimpleNamespace\n)R(dS'__setstate__'\n"
    b"cbuiltins\nexec\nsbS\"open('executed', 'w')\"\nb",
}


@pytest.fixture
def extension():
    copyreg.add_extension("posix", "system", 0xF0)
    yield
    copyreg.remove_extension("posix", "system", 0xF0)


@pytest.mark.usefixtures("extension")
@pytest.mark.parametrize("thing", RUN.values(), ids=RUN)
def test_nothing_is_run(tmp_path, monkeypatch, thing):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "batch").write_bytes(b"\x80\x04" + batch(thing)[2:])
    with pytest.raises(ValueError, match=r"/batch is damaged \(not a CIFAR-10 batch"):
        read_batch(tmp_path / "batch")
    assert not (tmp_path / "executed").exists()
    pickle.loads((tmp_path / "batch").read_bytes(), encoding="latin1")
    assert (tmp_path / "executed").exists()


def array(shape, kind):
    """Return the pickle of ``numpy.ndarray(shape, kind)``, which allocates."""
    inside = b"".join(b"\x8a\x08" + struct.pack("<q", n) for n in shape)
    return b"cnumpy\nndarray\n((" + inside + b"tS'" + kind + b"'\ntR"


FLOOD = {
    "an index of the memory": b"]r\xff\xff\xff\x0f",
    "an array": array([1 << 33], b"u1"),
    "a wide type": array([8], b"V1073741824"),
    "bytes": b"\x8e" + struct.pack("<Q", 8 << 30),
    "a text": b"\x8d" + struct.pack("<Q", 8 << 30),
    "a byte array": b"\x96" + struct.pack("<Q", 8 << 30),
    "a frame": b"\x95" + struct.pack("<Q", 8 << 30),
    # More than what earlier tests may have left free in this process.
    "many lists": b"]" * (12 << 20),
}


@pytest.mark.parametrize("thing", FLOOD.values(), ids=FLOOD)
def test_memory_is_bounded(tmp_path, thing):
    path = tmp_path / "batch"
    path.write_bytes(b"\x80\x05}" + thing)
    assert outcome(restricted, path).startswith("MemoryError")
    assert outcome(read_batch, path).startswith(f"DamagedFileError: {path} is damaged")


def test_a_key_nested_too_deep_to_hash_does_not_crash(tmp_path):
    path = tmp_path / "batch"
    path.write_bytes(b"\x80\x02})" + b"\x85" * 200_000 + b"K\x01s.")
    assert outcome(restricted, path) == "killed by signal 11"
    assert "a key is no text" in outcome(read_batch, path)


def test_lists_that_repeat_each_other_are_not_multiplied(tmp_path):
    nested = [1]
    for _ in range(30):
        nested = [nested] * 10
    path = tmp_path / "batch"
    path.write_bytes(pickle.dumps({"data": IMAGES, "labels": nested}, 2))
    assert "labels are no list of numbers" in outcome(read_batch, path)


def dtype(kind):
    return b"cnumpy\ndtype\n(S'%b'\nI0\nI1\ntR" % kind


def images(version=b"K\x01", shape=b"K\x02M\x00\x0c", kind=b"u1", raw=None):
    """Return the pickle of an array with a state of our choice."""
    contents = IMAGES.tobytes()
    raw = b"B" + struct.pack("<I", len(contents)) + contents if raw is None else raw
    state = b"(" + version + b"(" + shape + b"t" + dtype(kind) + b"I00\n" + raw + b"t"
    head = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tC\x01btR"
    labels = b"X\x06\x00\x00\x00labels](K\x03K\x04e"
    return b"\x80\x03}(X\x04\x00\x00\x00data" + head + state + b"b" + labels + b"u."


def test_the_states_below_differ_from_a_good_one(tmp_path):
    (tmp_path / "batch").write_bytes(images())
    pixels, labels = read_batch(tmp_path / "batch")
    np.testing.assert_array_equal(pixels.reshape(2, -1), IMAGES)
    assert labels.tolist() == [3, 4]


@pytest.mark.parametrize(
    "contents",
    [
        images(kind=b"O8", raw=b"](" + b"N" * 6144 + b"e"),
        images(kind=b"O8"),
        images(kind=b"V1073741824"),
        images(kind=b"f8"),
        images(version=b"K\x07"),
        images(shape=b"\x8a\x08" + struct.pack("<q", 1 << 62) + b"M\x00\x0c"),
        images(shape=b"J\xff\xff\xff\xffM\x00\x0cK\x01"),
        images(shape=b"K\x00M\x00\x0c"),
        images(shape=b"](e" * 2),
        images(raw=b"N"),
        images(raw=b"B" + struct.pack("<I", 10) + bytes(10)),
        images(raw=b"c_codecs\nencode\n(X\x01\x00\x00\x00aX\x05\x00\x00\x00rot13tR"),
        images(raw=b"X\x02\x00\x00\x00\xc4\x80"),
        images(raw=b"cnumpy\nndarray\n"),
        images().replace(b"K\x03K\x04e", b"K\x03\x88e"),
        images().replace(b"K\x03K\x04e", b"K\x03\x8a\x09" + b"\x7f" * 9 + b"e"),
        *(pickle.dumps({"more": np.float64(1)}, protocol) for protocol in (0, 2, 5)),
        b"\x80\x05}\x97.",  # a buffer from elsewhere
        b"\x80\x02}Pid\n.",
        b"\x80\x02}Q.",
        b"\x80\x02]q\x00(h\x00h\x00e.",  # a list that holds itself
        b"\x80\x02h\x07.",
        b"\x80\x02.",
        b"\x80\x02K\x01K\x02K\x03s.",
        b"\x80\x02}K\x01b.",
        b"\x80\x02}e.",
        b"\x80\x02t.",
        b"cnumpy\nndarray\n(dR.",
        b"cnumpy\nndarray\n(S'u1'\nb.",
        b"(dS'data'\ncnumpy\ndtype\nsS'labels'\n(ls.",
    ],
)
def test_a_state_that_no_batch_has_is_refused(tmp_path, contents):
    (tmp_path / "batch").write_bytes(contents)
    with pytest.raises(ValueError, match=r"/batch is damaged \(not a CIFAR-10 batch"):
        read_batch(tmp_path / "batch")


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("order", ["C", "F"])
def test_good_batches_are_read_as_by_pickle(tmp_path, protocol, order):
    data = {"data": np.array(IMAGES, order=order), "labels": [0, 9], "filenames": ["a"]}
    (tmp_path / "batch").write_bytes(pickle.dumps(data, protocol))
    pixels, _ = read_batch(tmp_path / "batch")
    np.testing.assert_array_equal(pixels.reshape(2, -1), IMAGES)


SMALL = pickle.dumps(
    {"batch_label": "x", "labels": [1, 2], "data": IMAGES, "filenames": ["a", "b"]}, 2
)


@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=4), st.data()
)
def test_changed_bytes_give_a_message_or_images(tmp_path_factory, changes, data):
    contents = bytearray(SMALL)
    for place, value in changes:
        contents[place if data.draw(st.booleans()) else -1 - place] = value
    path = tmp_path_factory.getbasetemp() / "changed"
    path.write_bytes(contents)
    try:
        pixels, labels = read_batch(path)
    except ValueError as error:
        assert str(path) in str(error)
        return
    assert pixels.shape[1:] == (3, 32, 32) and len(pixels) == len(labels)
