"""Archives that attack, first a reader that trusts them, then ours."""

import gzip
import io
import os
import struct
import tarfile
import zipfile

import numpy as np
import pytest

from spikemeter.datasets.fetch.archives import unpack_file, unpack_tar
from spikemeter.datasets.mnist import MNIST, read_idx
from spikemeter.datasets.nmnist import LARGEST_RECORDING_BYTES, NMNIST
from spikemeter.datasets.prepared import load_arrays
from tests.datasets.published import fetch_from, md5, tar_of
from tests.hostile.bounds import outcome

LIMIT = 1 << 20
ZEROS_BYTES = 160 << 20


def zeros(n_bytes=ZEROS_BYTES, head=b""):
    """Return so many zeros, compressed a thousand times."""
    made = io.BytesIO()
    with gzip.GzipFile(fileobj=made, mode="wb", compresslevel=1) as file:
        file.write(head)
        for _ in range(n_bytes >> 20):
            file.write(bytes(1 << 20))
    return made.getvalue()


# --- gzip and tar --------------------------------------------------------------------


def test_a_gzip_file_that_never_ends_is_broken_off(tmp_path):
    (tmp_path / "a.gz").write_bytes(zeros())

    def trusting():
        with gzip.open(tmp_path / "a.gz") as stream, (tmp_path / "b").open("wb") as b:
            while chunk := stream.read(1 << 20):
                b.write(chunk)

    assert outcome(trusting).startswith("OSError: [Errno 27] File too large")
    said = outcome(unpack_file, tmp_path / "a.gz", tmp_path / "out" / "a", LIMIT)
    assert said.startswith(f"ValueError: {tmp_path}/a.gz would take more than {LIMIT}")
    assert not list((tmp_path / "out").iterdir())


def test_a_file_in_a_directory_is_bounded_too(tmp_path, mnist_files):
    for name, contents in mnist_files.items():
        (tmp_path / name).write_bytes(contents)
    (tmp_path / "t10k-labels-idx1-ubyte").unlink()
    (tmp_path / "t10k-labels-idx1-ubyte.gz").write_bytes(zeros())
    limit = MNIST.raw_limit_bytes
    with pytest.raises(ValueError, match=f"t10k-labels.* more than {limit} bytes"):
        fetch_from(MNIST, tmp_path, tmp_path / "raw")


def member(name, n_bytes=0, kind=tarfile.REGTYPE, target=""):
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = n_bytes, kind, target
    return info.tobuf(tarfile.GNU_FORMAT)


def unpack(path, out, checksums=None):
    unpack_tar(path, "in/", checksums or {"a": md5(b"good")}, out, LIMIT)


@pytest.mark.parametrize(
    "name", ["../evil", "/{}/evil", "in/../../evil", "in\\..\\evil", "in/\x1b[31m"]
)
def test_no_name_in_a_tar_decides_where_something_is_written(tmp_path, name):
    members = {name.format(tmp_path): b"evil", "in/a": b"good"}
    (tmp_path / "x.tar.gz").write_bytes(tar_of(members))
    (tmp_path / "trusting" / "deep" / "in").mkdir(parents=True)
    with tarfile.open(tmp_path / "x.tar.gz") as tar:
        tar.extractall(tmp_path / "trusting" / "deep", filter="fully_trusted")
    assert len(list(tmp_path.rglob("*evil"))) + len(list(tmp_path.rglob("*\x1b*"))) == 1
    before = set(tmp_path.rglob("*"))
    unpack(tmp_path / "x.tar.gz", tmp_path / "out")
    assert {*tmp_path.rglob("*")} - before == {tmp_path / "out", tmp_path / "out" / "a"}


def test_a_link_does_not_lead_a_later_member_out(tmp_path):
    link = tarfile.TarInfo("in")
    link.type, link.linkname = tarfile.SYMTYPE, str(tmp_path / "outside")
    (tmp_path / "outside").mkdir()
    (tmp_path / "x.tar.gz").write_bytes(tar_of({"in": link, "in/a": b"good"}))
    with tarfile.open(tmp_path / "x.tar.gz") as tar:
        tar.extractall(tmp_path / "trusting", filter="fully_trusted")
    assert (tmp_path / "outside" / "a").exists()
    (tmp_path / "outside" / "a").unlink()
    unpack(tmp_path / "x.tar.gz", tmp_path / "out")
    assert (tmp_path / "out" / "a").read_bytes() == b"good"
    assert not list((tmp_path / "outside").iterdir())


@pytest.mark.parametrize(
    "kind",
    [
        *(tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE),
        *(tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE),
    ],
)
def test_a_link_a_folder_or_a_device_is_no_file(tmp_path, kind):
    link = member("in/a", kind=kind, target="/etc/passwd")
    (tmp_path / "x.tar.gz").write_bytes(gzip.compress(link))
    with pytest.raises(ValueError, match=r"in/a in .*x\.tar\.gz is not a plain file"):
        unpack(tmp_path / "x.tar.gz", tmp_path / "out")
    assert not (tmp_path / "out").exists()


NOISE = np.random.default_rng(0).bytes(50_000)


def test_a_tar_that_is_cut_short_or_lacks_a_file_is_refused(tmp_path):
    whole, path = tar_of({"in/a": NOISE}), tmp_path / "x.tar.gz"
    wanted = {"a": md5(NOISE)}
    for contents in (whole[:20_000], b"", b"not a tar"):
        path.write_bytes(contents)
        with pytest.raises(ValueError, match=r"not a whole tar\.gz"):
            unpack(path, tmp_path / "out", wanted)
    path.write_bytes(whole)
    with pytest.raises(ValueError, match="lacks in/b"):
        unpack(path, tmp_path / "out", wanted | {"b": md5(b"")})
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a"]


def test_a_gzip_file_that_is_cut_short_leaves_nothing(tmp_path):
    whole = gzip.compress(NOISE)
    for contents in (whole[:20_000], whole[:-8] + bytes(8), b"no gzip"):
        (tmp_path / "a.gz").write_bytes(contents)
        with pytest.raises(ValueError, match="not a whole gzip file"):
            unpack_file(tmp_path / "a.gz", tmp_path / "out" / "a", LIMIT)
        assert not list((tmp_path / "out").iterdir())


def test_the_second_of_two_equal_names_is_ignored(tmp_path):
    twice = b"".join(
        member("in/a", 4) + contents.ljust(512, b"\0")
        for contents in (b"good", b"evil")
    )
    (tmp_path / "x.tar.gz").write_bytes(gzip.compress(twice + bytes(1024)))
    with tarfile.open(tmp_path / "x.tar.gz") as tar:
        tar.extractall(tmp_path, filter="data")
    assert (tmp_path / "in" / "a").read_bytes() == b"evil"
    unpack(tmp_path / "x.tar.gz", tmp_path / "out")
    assert (tmp_path / "out" / "a").read_bytes() == b"good"


PAX = member("pax", 1 << 32, tarfile.XHDTYPE)
LONG = member("long", 1 << 32, tarfile.GNUTYPE_LONGNAME)


@pytest.mark.parametrize(
    "head", [member("in/a", 1 << 40), member("other", 1 << 40), LONG, PAX]
)
def test_a_tar_that_states_absurd_sizes_costs_nothing(tmp_path, head):
    (tmp_path / "x.tar.gz").write_bytes(zeros(head=head))
    if head == PAX:
        assert outcome(tarfile.open, tmp_path / "x.tar.gz").startswith("MemoryError")
    said = outcome(unpack, tmp_path / "x.tar.gz", tmp_path / "out")
    assert said.startswith(f"ValueError: {tmp_path}/x.tar.gz would take more than")
    assert not any(path.is_file() for path in (tmp_path / "out").glob("*"))


def test_a_changed_tar_gives_a_message(tmp_path):
    whole = bytearray(gzip.decompress(tar_of({"in/a": b"good", "in/b": b"more"})))
    chance = np.random.default_rng(0)
    for _ in range(300):
        changed = whole.copy()
        for place in chance.integers(0, 1600, 3):
            changed[place] = chance.integers(256)
        (tmp_path / "x.tar.gz").write_bytes(gzip.compress(changed, 1))
        try:
            unpack(tmp_path / "x.tar.gz", tmp_path / "out")
        except ValueError as error:
            assert "x.tar.gz" in str(error) or "a does not have" in str(error)


# --- zip archives of recordings ------------------------------------------------------


def zipped(path, members, packing=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name, contents in members.items():
            archive.writestr(name, contents)
    return path


def lying(path, n_bytes):
    """Let an archive of one entry state another size of what it unpacks to."""
    contents = bytearray(path.read_bytes())
    struct.pack_into("<I", contents, 22, n_bytes)
    struct.pack_into("<I", contents, contents.rindex(b"PK\x01\x02") + 24, n_bytes)
    path.write_bytes(contents)


@pytest.fixture
def good(tmp_path):
    return zipped(tmp_path / "test.zip", {"Test/0/00001.bin": bytes(5)})


def prepare(train, test):
    for part, path in (("train", train), ("test", test)):
        assert path.name == f"{part}.zip"
        list(NMNIST.read(path.parent, part, None))


def trusting(path):
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            archive.read(name)


@pytest.mark.parametrize(
    ("stated", "found"), [(ZEROS_BYTES, "Train/0/00001.bin has "), (100, "")]
)
def test_recordings_of_absurd_size_are_not_unpacked(tmp_path, good, stated, found):
    bomb = zipped(tmp_path / "train.zip", {"Train/0/00001.bin": bytes(ZEROS_BYTES)})
    lying(bomb, stated)
    assert outcome(trusting, bomb).startswith("MemoryError")
    said = outcome(prepare, bomb, good)
    assert said.startswith(f"DamagedFileError: {bomb} is damaged ({found}")


def test_recordings_that_unpack_to_less_than_they_state_are_refused(tmp_path, good):
    path = zipped(tmp_path / "train.zip", {"Train/0/00001.bin": bytes(50)})
    lying(path, 5000)
    trusting(path)  # zipfile gives 50 bytes without a word
    with pytest.raises(ValueError, match=r"train\.zip is damaged .*longer or shorter"):
        prepare(path, good)


def test_entries_that_share_their_contents_are_counted_each(tmp_path, good):
    contents = bytes(LARGEST_RECORDING_BYTES)
    path = zipped(tmp_path / "train.zip", {"Train/0/00001.bin": contents})
    whole = path.read_bytes()
    start, end = whole.index(b"PK\x01\x02"), whole.index(b"PK\x05\x06")
    entry = whole[start:end]
    entries = [entry.replace(b"00001", b"%05d" % n) for n in range(2400)]
    table = b"".join(entries)
    tail = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 2400, 2400, len(table), start, 0)
    path.write_bytes(whole[:start] + table + tail)
    assert path.stat().st_size < LIMIT
    with pytest.raises(ValueError, match=r"unpacks to 2516582400 bytes, but 24000"):
        prepare(path, good)


def test_a_table_of_contents_of_absurd_length_is_not_read(tmp_path, good):
    path = tmp_path / "train.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(300):
            info = zipfile.ZipInfo(f"Train/0/{number:05}.bin")
            info.comment = bytes(65_000)
            archive.writestr(info, b"")
    with pytest.raises(ValueError, match=r"table of contents has 19\d+ bytes"):
        prepare(path, good)


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packing_without_a_bound_is_refused(tmp_path, good, packing):
    path = zipped(tmp_path / "train.zip", {"Train/0/00001.bin": bytes(5)}, packing)
    with pytest.raises(ValueError, match=r"bin' is compressed by method (bzip2|LZMA)"):
        prepare(path, good)


@pytest.mark.parametrize(("offset", "value"), [(8, 1), (10, 99), (6, 99)])
def test_encrypted_and_unknown_entries_are_refused(tmp_path, good, offset, value):
    path = zipped(tmp_path / "train.zip", {"Train/0/00001.bin": bytes(5)})
    contents = bytearray(path.read_bytes())
    contents[contents.rindex(b"PK\x01\x02") + offset] = value
    path.write_bytes(contents)
    with pytest.raises(ValueError, match=r"train\.zip is damaged"):
        prepare(path, good)


@pytest.mark.parametrize(
    "name",
    [
        "../Train/0/00001.bin",
        "/Train/0/00001.bin",
        "Train/0/../0/00001.bin",
        "Train/0/\x1b[2J.bin",
        "Train/0/00001\n.bin",
        f"Train/0/{'9' * 5000}.bin",
    ],
)
def test_names_that_are_not_those_of_recordings_are_refused(tmp_path, good, name):
    path = zipped(tmp_path / "train.zip", {name: bytes(5)})
    with pytest.raises(
        ValueError, match=r"recordings are named Train/<label"
    ) as caught:
        prepare(path, good)
    assert str(caught.value).isprintable() and len(str(caught.value)) < 500


def test_any_changed_byte_of_an_archive_gives_a_message(tmp_path, good):
    whole = good.read_bytes()
    train = zipped(tmp_path / "train.zip", {"Train/0/1.bin": bytes(5)})
    prepare(train, good)
    for place in range(len(whole)):
        for change in (0x01, 0x80, 0xFF):
            changed = bytearray(whole)
            changed[place] ^= change
            good.write_bytes(changed)
            try:
                prepare(train, good)
            except ValueError as error:
                assert "test.zip" in str(error)


# --- What a directory may hold -------------------------------------------------------


def test_a_pipe_or_a_device_is_not_read(tmp_path, mnist_files):
    for name, contents in mnist_files.items():
        (tmp_path / name).write_bytes(contents)
    name = "train-images-idx3-ubyte"
    for make in (os.mkfifo, lambda path: path.symlink_to("/dev/zero")):
        (tmp_path / name).unlink()
        make(tmp_path / name)
        with pytest.raises(ValueError, match=f"{name} is no file"):
            fetch_from(MNIST, tmp_path, tmp_path / "raw")


def test_a_recording_of_absurd_size_is_not_packed(tmp_path):
    path = tmp_path / "Train" / "0" / "00001.bin"
    path.parent.mkdir(parents=True)
    for make, found in (
        (path.touch, r"cannot be used \(the recording has over 1048576 bytes"),
        (lambda: path.symlink_to("/dev/zero"), "is no file"),
    ):
        make()
        if path.is_file():
            os.truncate(path, 1 << 40)
        with pytest.raises(ValueError, match=rf"00001\.bin {found}"):
            NMNIST.pack(tmp_path / "Train", tmp_path / "train.zip")
        path.unlink()


# --- IDX and npz ---------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(2**32 - 1,) * 3, (0, 2**32 - 1, 2**32 - 1)])
def test_an_idx_file_of_absurd_shape_is_refused(tmp_path, shape):
    (tmp_path / "a").write_bytes(struct.pack(">4I", 0x803, *shape))
    said = outcome(read_idx, tmp_path / "a")
    assert said.startswith(f"DamagedFileError: {tmp_path}/a is damaged (states shape")


def test_an_idx_file_of_absurd_size_is_not_read(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(struct.pack(">2I", 0x801, 2**32 - 1))
    os.truncate(path, 8 + 2**32 - 1)  # takes no room on the disk
    assert outcome(path.read_bytes).startswith("MemoryError")
    said = outcome(read_idx, path)
    assert said.startswith(f"DamagedFileError: {path} is damaged (4294967303 bytes")


def npz(path, header):
    """Write a file of one array that has this header and no contents."""
    contents = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header
    return zipped(path, {"a.npy": contents}, zipfile.ZIP_STORED)


def described(kind, shape):
    return f"{{'descr': {kind!r}, 'fortran_order': False, 'shape': {shape}}}\n".encode()


@pytest.mark.parametrize(
    "header",
    [
        described("|u1", (1 << 70,)),
        described("|u1", (-1,)),
        described("|S0", (1 << 62,)),
        described("|V2147483647", (1,)),
        described("|O", (1,)),
        described("|u1", "__import__('os').mkdir('executed')"),
        b"(" * 5000,
        b"{'a':" * 2000,
        b"-" * 9000 + b"1",
        b"\xff" * 100,
    ],
)
def test_arrays_of_which_the_header_lies_are_refused(tmp_path, header):
    path = npz(tmp_path / "a.npz", header)
    with pytest.raises(ValueError, match=r"a\.npz is damaged") as caught:
        load_arrays(path)
    assert len(str(caught.value)) < 1000 and str(caught.value).isprintable()


def test_arrays_of_absurd_shape_are_refused(tmp_path):
    path = npz(tmp_path / "a.npz", described("|u1", (1 << 33,)))
    assert outcome(lambda: np.load(path)["a"]).startswith("MemoryError")
    assert outcome(load_arrays, path).startswith(f"DamagedFileError: {path} is damaged")


def test_packed_arrays_of_absurd_size_are_not_unpacked(tmp_path):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, a=np.zeros(ZEROS_BYTES, np.uint8))
    assert outcome(lambda: np.load(path)["a"]).startswith("MemoryError")
    said = outcome(load_arrays, path)
    assert said.startswith(f"DamagedFileError: {path} is damaged (it unpacks to 1677")
