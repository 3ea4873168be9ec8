"""Downloads that fail: a server on this machine misbehaves, then behaves."""

import gzip
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from unittest.mock import ANY

import pytest

from tests.datasets.loopback import Served, serving
from tests.datasets.published import md5
from tests.faults.causes import FILE, JOB, at, full_disk
from tests.faults.fault import KILLED, Fault, named
from tests.faults.places import RAW
from tests.faults.procedure import assert_recovers

TARGET = f"{RAW}/source.json"
NAME = "train-images-idx3-ubyte.gz"
URL = f"http://127.0.0.1:PORT/{NAME}"
DOWNLOAD = "spikemeter.datasets.fetch.remote:download"
CHECKED = "spikemeter.datasets.fetch.download:matches"
PART, WAITING = f"{RAW}/downloads/{NAME}.part", f"{RAW}/downloads/{NAME}"
OTHERS = tuple(
    f"{RAW}/downloads/{name}-ubyte.gz"
    for name in ("train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
)
RETRIES, TIMEOUT_S = 2, 0.5
LOG = "(details: results/logs/fetch/mnist.log)"


def failed(found: str) -> str:
    return (
        f"fetch_mnist: {NAME} could not be downloaded: {URL}: {found}. Run the same "
        "command again to continue, name another mirror in data.<dataset>.mirrors, or "
        "use files you have with data.<dataset>.source: directory, in config.yaml  "
        f"{LOG}"
    )


@dataclass(frozen=True)
class Trouble:
    """What the server does to the first file, and what comes of it."""

    title: str
    said: str
    serve: Callable[[Served], Served] = lambda file: file
    left: tuple[str, ...] = ()
    causes: tuple = ()
    continues: bool = False  # the second run asks only for what is missing


def half(file):
    return replace(file, body=file.body[: len(file.body) // 2])


def stalled(file):
    return replace(file, stall=threading.Event(), etag=None)


TROUBLES = (
    Trouble(
        "network lost in the middle of a download",
        failed("the connection broke on the way"),
        lambda file: replace(file, break_after=[1000, 500, 0]),
        (PART,),
        continues=True,
    ),
    Trouble(
        "a server whose file is too short",
        failed("the file it gave does not have the checksum md5:…"),
        half,
    ),
    Trouble(
        "a server whose file is too long",
        failed("the file it gave does not have the checksum md5:…"),
        lambda file: replace(file, body=file.body + b"more"),
    ),
    Trouble(
        "a server with another file of the same length",
        failed("the file it gave does not have the checksum md5:…"),
        lambda file: replace(file, body=bytes(len(file.body))),
    ),
    Trouble(
        "HTTP 404",
        failed("HTTP 404 Not Found"),
        lambda file: replace(file, statuses=[404]),
    ),
    Trouble(
        "HTTP 500, again and again",
        failed("HTTP 500 Internal Server Error"),
        lambda file: replace(file, statuses=[500] * (RETRIES + 1)),
    ),
    Trouble(
        "a redirection to http",
        failed(
            "redirects to what is 'http://example.invalid/file' but must be an https "
            "address; use https, or for an http mirror set allow_http: true next to it"
        ),
        lambda file: replace(file, location="http://example.invalid/file"),
    ),
    Trouble(
        "a server that stalls",
        failed(f"no answer within {TIMEOUT_S} s"),
        stalled,
        (PART,),
        continues=True,
    ),
    Trouble(
        "fetch killed between two downloads",
        KILLED,
        left=(WAITING,),
        causes=(at("fetch", DOWNLOAD, call=2),),
    ),
    Trouble(
        "fetch killed before it has checked a download",
        KILLED,
        left=(PART,),
        causes=(at("fetch", CHECKED),),
        continues=True,
    ),
    Trouble(
        "fetch killed while it unpacks",
        KILLED,
        left=(WAITING, *OTHERS, f"{RAW}/.train-images-idx3-ubyte.*.partial"),
        causes=(at("fetch", FILE, when="inside"),),
    ),
    Trouble(
        "disk full while downloading (file size limit)",
        f"fetch_mnist: cannot write {PART} (File too large): make room or allow it, "
        f"then run the same command again to continue  {LOG}",
        left=(PART,),
        causes=(at("fetch", JOB, do="limit", n_bytes=50_000),),
        continues=True,
    ),
    Trouble(
        "disk full while unpacking",
        f"fetch_mnist: cannot write {RAW}/{NAME[:-3]} (No space left on device): make "
        f"room, then run the same command again  {LOG}",
        left=(WAITING, *OTHERS),
        causes=(full_disk("fetch", when="inside"),),
    ),
)
QUICK = (
    "network lost in the middle of a download",
    "a server with another file of the same length",
)


@pytest.mark.parametrize(
    "trouble", [named((item,), quick=item.title in QUICK) for item in TROUBLES]
)
def test_download(trouble, broken, expected, record):
    names = [
        name
        for name in sorted(p.name for p in (broken / RAW).iterdir())
        if name != "source.json"
    ]
    contents = {name: (broken / RAW / name).read_bytes() for name in names}
    good = {
        f"/{name}.gz": Served(gzip.compress(body, mtime=0))
        for name, body in contents.items()
    }
    served = good | {f"/{NAME}": trouble.serve(good[f"/{NAME}"])}
    broken.configure(data__mnist={"source": "official"})
    with serving(served) as server:
        fault = Fault(
            trouble.title,
            TARGET,
            trouble.said,
            trouble.left,
            missing=(RAW,),
            causes=trouble.causes,
            mend=lambda _: served.update(good),
            always=publishing(server, contents, good),
        )
        fetched = expected | {"data/mnist/raw/source.json": ANY}
        assert_recovers(fault, broken, fetched, record)
    asked = good[f"/{NAME}"].seen[-1]
    assert ("Range" in asked) is trouble.continues


def publishing(server, contents, archives):
    """Let a server's files stand for MNIST's, and no attempt wait long."""
    return (
        at(
            "fetch",
            JOB,
            do="publish",
            dataset="mnist",
            raw_files={name: md5(body) for name, body in contents.items()},
            files=[
                (f"{name}.gz", md5(archives[f"/{name}.gz"].body), f"{server}/{name}.gz")
                for name in sorted(contents, key=lambda name: name != NAME[:-3])
            ],
        ),
        at(
            "fetch",
            JOB,
            do="put",
            module="spikemeter.datasets.fetch.download",
            names={"FIRST_PAUSE_S": 0.0},
        ),
        at(
            "fetch",
            JOB,
            do="put",
            module="spikemeter.datasets.fetch.transfer",
            names={"CHUNK_BYTES": 100},
        ),
        at(
            "fetch",
            JOB,
            do="preset",
            function="spikemeter.datasets.fetch.download:download",
            defaults=[RETRIES, TIMEOUT_S, None],
        ),
    )
