import os
import pickle
import struct
from pathlib import Path

import numpy as np
import pytest

from spikemeter.datasets.cifar10 import CIFAR10, read_batch, write_batch
from spikemeter.datasets.kinds.images import ImageSettings
from spikemeter.datasets.mnist import MNIST, read_idx, write_idx
from tests.datasets.conftest import DIGITS, LABELS

RANDOM = np.random.default_rng(5)
COLOURS = RANDOM.integers(0, 256, (30, 3, 32, 32), np.uint8)


@pytest.fixture
def mnist(mnist_files, tmp_path):
    """The folder of the small IDX files."""
    return tmp_path / "mnist"


@pytest.fixture
def cifar10(tmp_path):
    for i, name in enumerate(["data_batch_1", "data_batch_2", "data_batch_3"]):
        part = slice(5 * i, 5 * i + 5)
        write_batch(tmp_path / name, COLOURS[part], LABELS[part], "")
    for name in ("data_batch_4", "data_batch_5", "test_batch"):
        write_batch(tmp_path / name, COLOURS[20:], LABELS[20:], "")
    return tmp_path


def prepare(folder, size=28, train=None, test=None):
    """Prepare with numbers that may be smaller than the config's."""
    settings = ImageSettings.model_construct(
        size=size, train_samples=train, test_samples=test
    )
    return MNIST.prepare(folder, settings)


def test_idx_is_the_published_format(tmp_path):
    (tmp_path / "a").write_bytes(struct.pack(">4I", 0x803, 1, 2, 3) + bytes(range(6)))
    assert read_idx(tmp_path / "a").tolist() == [[[0, 1, 2], [3, 4, 5]]]
    (tmp_path / "b").write_bytes(struct.pack(">2I", 0x801, 3) + b"\x07\x02\x01")
    assert read_idx(tmp_path / "b").tolist() == [7, 2, 1]
    write_idx(tmp_path / "c", read_idx(tmp_path / "a"))
    assert (tmp_path / "c").read_bytes() == (tmp_path / "a").read_bytes()


@pytest.mark.parametrize(
    "contents",
    [
        b"",
        b"\x00\x00\x08",
        struct.pack(">2I", 0x803, 1),
        struct.pack(">2I", 0x801, 3) + b"ab",
        struct.pack(">2I", 0x801, 3) + b"abcd",
        struct.pack(">2I", 0x901, 3) + b"abc",
        struct.pack("<2I", 0x801, 3) + b"abc",
        struct.pack(">4I", 0x803, 2**31, 2**31, 4),
        b"\x1f\x8b\x08\x00gz",
    ],
)
def test_a_damaged_idx_file_gives_no_image(tmp_path, contents):
    (tmp_path / "a").write_bytes(contents)
    with pytest.raises(ValueError, match=r"a is damaged \(.*delete it and run"):
        read_idx(tmp_path / "a")


def test_mnist_is_read_with_a_channel(mnist):
    images, labels = MNIST.read(mnist, "train")
    assert images.shape == (20, 1, 28, 28)
    np.testing.assert_array_equal(labels, LABELS[:20])
    assert labels.dtype == np.int64
    np.testing.assert_array_equal(MNIST.read(mnist, "test")[0][:, 0], DIGITS[20:])


@pytest.mark.parametrize(
    ("name", "array", "found"),
    [
        ("train-labels-idx1-ubyte", np.zeros(19, np.uint8), "19 labels for 20 images"),
        ("train-labels-idx1-ubyte", np.full(20, 10, np.uint8), "not 0 to 9"),
        ("t10k-images-idx3-ubyte", np.zeros((10, 28, 27), np.uint8), "(28, 27)"),
        ("t10k-images-idx3-ubyte", np.zeros(10, np.uint8), "shape ()"),
    ],
)
def test_mnist_that_does_not_fit_together_is_refused(mnist, name, array, found):
    write_idx(mnist / name, array)
    with pytest.raises(ValueError, match=f"{name}.*damaged") as caught:
        prepare(mnist)
    assert found in str(caught.value)


def test_cifar10_batches_are_joined_in_order(cifar10):
    images, _ = CIFAR10.read(cifar10, "train")
    assert images.shape == (35, 3, 32, 32)
    np.testing.assert_array_equal(images[:15], COLOURS[:15])
    _, labels = CIFAR10.read(cifar10, "test")
    np.testing.assert_array_equal(labels, LABELS[20:])
    assert labels.dtype == np.int64


def test_a_batch_as_python_2_wrote_it_is_read(tmp_path):
    def string(contents):
        return b"T" + struct.pack("<I", len(contents)) + contents

    dtype = b"cnumpy\ndtype\n" + string(b"u1") + b"K\x00K\x01\x87R(K\x03" + string(b"|")
    dtype += b"NNN" + b"J\xff\xff\xff\xff" * 2 + b"K\x00tb"
    array = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85"
    array += string(b"b") + b"\x87R(K\x01(K\x02M\x00\x0ct" + dtype + b"\x89"
    array += string(COLOURS[:2].tobytes()) + b"tb"
    batch = b"\x80\x02}(" + string(b"data") + array
    batch += string(b"labels") + b"](K\x03K\x04eu."
    (tmp_path / "batch").write_bytes(batch)
    images, labels = read_batch(tmp_path / "batch")
    np.testing.assert_array_equal(images, COLOURS[:2])
    assert labels.tolist() == [3, 4]


@pytest.mark.skipif("SPIKEMETER_DATA" not in os.environ, reason="SPIKEMETER_DATA unset")
def test_published_batches_are_read():
    folder = Path(os.environ["SPIKEMETER_DATA"]) / "cifar-10-batches-py"
    images, labels = read_batch(folder / "data_batch_1")
    assert images.shape[1:] == (3, 32, 32) and images.dtype == np.uint8
    trusted = pickle.loads((folder / "data_batch_1").read_bytes(), encoding="latin1")
    np.testing.assert_array_equal(images.reshape(len(images), -1), trusted["data"])
    assert labels.tolist() == trusted["labels"]


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("module", ["numpy._core.numeric", "numpy.core.numeric"])
def test_a_batch_of_protocol_5_is_read(tmp_path, order, module):
    data = np.array(COLOURS[:2].reshape(2, -1), order=order)
    for writable in (True, False):
        data.flags.writeable = writable
        batch = pickle.dumps({"data": data, "labels": [3, 4]}, protocol=5)
        assert b"_frombuffer" in batch
        names = [bytes([len(n)]) + n.encode() for n in ("numpy._core.numeric", module)]
        (tmp_path / "batch").write_bytes(batch.replace(*names))
        images, labels = read_batch(tmp_path / "batch")
        np.testing.assert_array_equal(images, COLOURS[:2])
        assert labels.tolist() == [3, 4]
    cut = {"data": data[:, :-1], "labels": [3, 4]}
    (tmp_path / "batch").write_bytes(pickle.dumps(cut, protocol=5))
    with pytest.raises(ValueError, match="data are not unsigned bytes of shape"):
        read_batch(tmp_path / "batch")


PIXELS = COLOURS[:1].reshape(1, -1)


@pytest.mark.parametrize(
    "batch",
    [
        [],
        {},
        {"data": PIXELS},
        {"data": b"abc", "labels": [1]},
        {"data": COLOURS[:1], "labels": [1]},
        {"data": PIXELS.astype(float), "labels": [1]},
        {"data": PIXELS[:0], "labels": []},
        *(
            {"data": PIXELS, "labels": labels}
            for labels in ([1, 2], [10], [-1], [0.5], ["1"], [[1], [1, 2]])
        ),
    ],
)
def test_a_batch_of_something_else_is_refused(tmp_path, batch):
    (tmp_path / "test_batch").write_bytes(pickle.dumps(batch, protocol=2))
    with pytest.raises(ValueError, match="test_batch is damaged"):
        CIFAR10.read(tmp_path, "test")


def test_a_batch_cut_anywhere_is_refused(tmp_path):
    write_batch(tmp_path / "good", COLOURS[:1], LABELS[:1], "")
    good = (tmp_path / "good").read_bytes()
    for n in range(0, len(good), 97):
        (tmp_path / "cut").write_bytes(good[:n])
        with pytest.raises(ValueError, match="damaged"):
            read_batch(tmp_path / "cut")


def test_the_first_samples_are_taken_and_counted(mnist):
    arrays, counts = prepare(mnist, train=12)
    np.testing.assert_array_equal(arrays["train_images"][:, 0], DIGITS[:12])
    np.testing.assert_array_equal(arrays["train_labels"], LABELS[:12])
    assert len(arrays["test_labels"]) == len(arrays["test_images"]) == 10
    assert counts["train"]["images"] == 12
    assert counts["train"]["per_class"] == [2, 2] + [1] * 8
    assert counts["test"]["mean_pixel"] == pytest.approx(DIGITS[20:].mean())


@pytest.mark.parametrize(("train", "test"), [(21, None), (None, 11), (0, 1), (1, -1)])
def test_what_cannot_be_prepared_is_an_error(mnist, train, test):
    part = "test" if train in {None, 1} else "train"
    with pytest.raises(ValueError, match=rf"inputs\.<name>\.{part}_samples"):
        prepare(mnist, train=train, test=test)


def test_resizing_keeps_bytes_and_position(mnist):
    image = np.zeros((20, 28, 28), np.uint8)
    image[:, :14] = 255
    write_idx(mnist / "train-images-idx3-ubyte", image)
    sized = prepare(mnist, 32)[0]["train_images"]
    assert sized.shape == (20, 1, 32, 32) and sized.dtype == np.uint8
    assert (sized[:, :, :15] == 255).all() and (sized[:, :, 17:] == 0).all()
    half = prepare(mnist, 14)[0]["train_images"]
    assert (half[:, :, :6] == 255).all() and (half[:, :, 8:] == 0).all()


def test_resizing_is_bilinear_with_antialiasing(mnist):
    # An independent implementation: Pillow, which torchvision's option is modelled on.
    image = pytest.importorskip("PIL.Image")
    for size in (20, 32):
        sized = prepare(mnist, size)[0]["train_images"]
        for ours, digit in zip(sized[:, 0], DIGITS[:20], strict=True):
            shape = (size, size)
            theirs = image.fromarray(digit).resize(shape, image.Resampling.BILINEAR)
            assert np.abs(ours.astype(int) - np.asarray(theirs)).max() <= 1


def test_many_images_are_resized_like_one(mnist):
    many = RANDOM.integers(0, 256, (1003, 28, 28), np.uint8)
    write_idx(mnist / "train-images-idx3-ubyte", many)
    labels = np.zeros(1003, np.uint8)
    write_idx(mnist / "train-labels-idx1-ubyte", labels)
    all_of_them = prepare(mnist, 16)[0]["train_images"]
    write_idx(mnist / "train-images-idx3-ubyte", many[1001:])
    write_idx(mnist / "train-labels-idx1-ubyte", labels[:2])
    two = prepare(mnist, 16)[0]["train_images"]
    np.testing.assert_array_equal(all_of_them[1001:], two)
