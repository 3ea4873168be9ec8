import errno
import gzip
import hashlib
import random
import re
import threading
from unittest.mock import patch

import pytest

from spikemeter.datasets.fetch import download as module
from spikemeter.datasets.fetch import transfer
from spikemeter.datasets.fetch.download import matches
from spikemeter.datasets.fetch.transfer import Part
from tests.datasets.loopback import Served, serving

BODY = bytes(range(256)) * 400
CHECKSUM = f"md5:{hashlib.md5(BODY).hexdigest()}"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(module, "FIRST_PAUSE_S", 0.0)
    monkeypatch.setattr(transfer, "CHUNK_BYTES", 1000)


def download(urls, path, checksum, retries=4, timeout_s=30.0, **options):
    part = Part(path, 2 * len(BODY))
    with (
        patch.object(module, "RETRIES", retries),
        patch.object(transfer, "TIMEOUT_S", timeout_s),
    ):
        return module.download(urls, part, checksum, **options)


def get(file, path, checksum=CHECKSUM, **options):
    """Download the one file of a server."""
    with serving({"/a.bin": file}) as base:
        return download([f"{base}/a.bin"], path, checksum, **options)


def assert_nothing(path, part=False):
    assert not path.exists()
    assert path.with_name("a.bin.part").exists() is part


def assert_whole(path):
    assert path.read_bytes() == BODY
    assert [file.name for file in path.parent.iterdir()] == ["a.bin"]


def test_a_good_file_arrives_and_progress_is_told(tmp_path):
    told = []
    url = get(
        Served(BODY), tmp_path / "new" / "a.bin", progress=lambda *at: told.append(at)
    )
    assert url is not None and url.endswith("/a.bin")
    assert_whole(tmp_path / "new" / "a.bin")
    assert told[-1] == (len(BODY), len(BODY))
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_a_file_already_there_is_kept_and_another_one_replaced(tmp_path):
    (tmp_path / "a.bin").write_bytes(BODY)
    file = Served(BODY)
    assert get(file, tmp_path / "a.bin") is None
    assert not file.seen
    (tmp_path / "a.bin").write_bytes(b"other")
    get(file, tmp_path / "a.bin")
    assert_whole(tmp_path / "a.bin")


def test_a_broken_download_goes_on_where_it_broke(tmp_path):
    file = Served(BODY, break_after=[30_000, 20_000])
    get(file, tmp_path / "a.bin")
    assert_whole(tmp_path / "a.bin")
    assert [headers.get("Range") for headers in file.seen] == [
        None,
        "bytes=30000-",
        "bytes=50000-",
    ]
    assert file.seen[1]["If-Range"] == '"1"'
    assert {headers["Accept-Encoding"] for headers in file.seen} == {"identity"}


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate"])
def test_a_gzip_file_that_the_server_calls_an_encoding_stays_one(tmp_path, encoding):
    body = gzip.compress(random.Random(0).randbytes(20_000))
    file = Served(body, encoding=encoding, break_after=[10_000])
    get(file, tmp_path / "a.bin", f"md5:{hashlib.md5(body).hexdigest()}")
    assert (tmp_path / "a.bin").read_bytes() == body
    assert [headers.get("Range") for headers in file.seen] == [None, "bytes=10000-"]


def test_a_later_run_goes_on_where_it_broke(tmp_path):
    file = Served(BODY, break_after=[30_000])
    with pytest.raises(RuntimeError, match="broke on the way"):
        get(file, tmp_path / "a.bin", retries=0)
    assert_nothing(tmp_path / "a.bin", part=True)
    get(file, tmp_path / "a.bin", retries=0)
    assert_whole(tmp_path / "a.bin")
    assert file.seen[1]["Range"] == "bytes=30000-"


def change_to(etag):
    """Let a server give another version from its second answer on."""

    def change(file):
        if len(file.seen) > 1:
            file.body, file.etag = BODY, etag

    return {"break_after": [30_000], "on_request": change}


OLD = b"o" * len(BODY)


@pytest.mark.parametrize(
    ("part", "body", "options", "retries", "continues"),
    [
        (BODY, BODY, {}, 0, ()),
        (b"x" * 500, BODY, {}, 1, (True, False)),
        (None, BODY, {"ranges": False, "break_after": [30_000]}, 4, ()),
        (None, OLD, change_to('"2"'), 1, ()),
        (None, OLD, change_to(None), 1, ()),
        (
            *(None, BODY, {"honest_ranges": False, "break_after": [30_000]}, 2),
            (False, True, False),
        ),
        (None, BODY, {"statuses": [503, 429]}, 2, ()),
    ],
    ids=[
        *("a whole part", "a part of something else", "no ranges", "a new version"),
        *("a version without a tag", "another range", "a busy server"),
    ],
)
def test_what_a_download_finds_does_not_hold_it_up(
    tmp_path, part, body, options, retries, continues
):
    if part:
        (tmp_path / "a.bin.part").write_bytes(part)
    file = Served(body, **options)
    get(file, tmp_path / "a.bin", retries=retries)
    assert_whole(tmp_path / "a.bin")
    asked = tuple("Range" in headers for headers in file.seen)
    assert asked == continues or not continues


def test_a_version_that_a_careless_server_continues_is_noticed(tmp_path):
    def change(file):
        file.etag = f'"{len(file.seen)}"'
        if len(file.seen) > 1:
            file.body = BODY

    old = b"o" * len(BODY)
    file = Served(old, conditions=False, break_after=[30_000], on_request=change)
    told = []
    get(file, tmp_path / "a.bin", retries=2, progress=lambda *at: told.append(at))
    assert_whole(tmp_path / "a.bin")
    assert [headers.get("Range") for headers in file.seen] == [
        None,
        "bytes=30000-",
        None,
    ]
    assert told.count((len(BODY), len(BODY))) == 1  # not found out at the end


@pytest.mark.parametrize(
    ("body", "options", "message", "requests"),
    [
        (BODY[:-1] + b"x", {}, r"a\.bin.*checksum md5:.*mirrors.*directory", 1),
        (BODY, {"statuses": [404, 404]}, "HTTP 404", 1),
        (BODY, {"statuses": [503] * 9}, "HTTP 503", 3),
    ],
)
def test_a_file_that_does_not_come_is_given_up(
    tmp_path, body, options, message, requests
):
    file = Served(body, **options)
    with pytest.raises(RuntimeError, match=message):
        get(file, tmp_path / "a.bin", retries=2)
    assert_nothing(tmp_path / "a.bin")
    assert len(file.seen) == requests


def test_pauses_double_up_to_a_bound(tmp_path, monkeypatch):
    pauses = []
    monkeypatch.setattr(module, "FIRST_PAUSE_S", 1.0)
    monkeypatch.setattr(module.time, "sleep", pauses.append)
    with pytest.raises(RuntimeError):
        get(Served(BODY, statuses=[503] * 9), tmp_path / "a.bin", retries=7)
    assert pauses == [1, 2, 4, 8, 16, 30, 30]


def test_a_server_that_falls_silent_is_given_up(tmp_path):
    stall = threading.Event()
    with pytest.raises(RuntimeError, match=r"no answer within 0\.1 s"):
        get(Served(BODY, stall=stall), tmp_path / "a.bin", retries=0, timeout_s=0.1)
    stall.set()
    assert not (tmp_path / "a.bin").exists()


def test_the_next_mirror_continues_what_the_first_began(tmp_path):
    broken, good = Served(BODY, break_after=[30_000]), Served(BODY, etag='"b"')
    with serving({"/1": broken, "/2": good}) as base:
        urls = [f"{base}/{name}" for name in ("none", "1", "2")]
        assert download(urls, tmp_path / "a.bin", CHECKSUM, retries=0) == urls[2]
    assert_whole(tmp_path / "a.bin")
    assert good.seen[0]["Range"] == "bytes=30000-"


def test_the_error_lists_every_address(tmp_path):
    with serving({}) as gone:
        pass
    with serving({"/1": Served(b"wrong")}) as base:
        urls = [f"{gone}/a.bin", f"{base}/none", f"{base}/1"]
        with pytest.raises(RuntimeError) as caught:
            download(urls, tmp_path / "a.bin", CHECKSUM, retries=1)
    told = (".*refused", "HTTP 404", "the file it gave")
    for url, found in zip(urls, told, strict=True):
        assert re.search(f"{url}: {found}", str(caught.value))
    assert_nothing(tmp_path / "a.bin")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES])
def test_a_disk_that_refuses_is_not_taken_for_the_network(tmp_path, number):
    class Refusing(type(tmp_path)):
        def open(self, *args, **kwargs):
            raise OSError(number, errno.errorcode[number])

    file = Served(BODY)
    with pytest.raises(RuntimeError, match=f"cannot write .*{errno.errorcode[number]}"):
        get(file, Refusing(tmp_path / "a.bin"))
    assert_nothing(tmp_path / "a.bin")
    assert len(file.seen) == 1


def test_a_checksum_says_of_which_kind_it_is(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(BODY)
    assert matches(path, f"sha256:{hashlib.sha256(BODY).hexdigest()}")
    assert not matches(path, f"sha256:{hashlib.md5(BODY).hexdigest()}")
    for checksum in ("", "md5:", "sha1:00", "0" * 32):
        with pytest.raises(ValueError, match="must be md5:… or sha256:…"):
            matches(path, checksum)
