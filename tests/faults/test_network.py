"""Downloads that fail: a server on this machine misbehaves, then behaves."""

import gzip
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from unittest.mock import ANY

from tests.datasets.loopback import Served, serving
from tests.datasets.published import md5
from tests.faults.causes import FILE, JOB, Cause, at, full_disk
from tests.faults.fault import KILLED, Fault, campaign
from tests.faults.places import RAW, said_by, unwritten

IMAGES = "train-images-idx3-ubyte"
NAME = f"{IMAGES}.gz"
FETCH = "spikemeter.datasets.fetch"
PART, WAITING = f"{RAW}/downloads/{NAME}.part", f"{RAW}/downloads/{NAME}"
OTHERS = tuple(
    f"{RAW}/downloads/{name}-ubyte.gz"
    for name in ("train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
)
RETRIES, TIMEOUT_S = 2, 0.5
CHECKSUM = "the file it gave does not have the checksum md5:…"


@dataclass(frozen=True)
class Trouble:
    """What is different about the first file served, and what comes of it."""

    title: str
    said: str
    served: dict[str, Any] = field(default_factory=dict)
    body: Callable[[bytes], bytes] = bytes
    left: tuple[str, ...] = ()
    causes: tuple[Cause, ...] = ()
    continues: bool = False  # the second run asks only for what is missing
    succeeds: bool = False


def failed(title, found, served=None, **more):
    """A download that fails, with what was found as the reason."""
    said = (
        f"{NAME} could not be downloaded: http://127.0.0.1:PORT/{NAME}: {found}. Run "
        "the same command again to continue, name another mirror in "
        "data.<dataset>.mirrors, or use files you have with data.<dataset>.source: "
        "directory, in config.yaml"
    )
    return Trouble(title, said_by("fetch_mnist", said), served or {}, **more)


TROUBLES = (
    failed(
        "network lost in the middle of a download",
        "the connection broke on the way",
        {"break_after": [1000, 500, 0]},
        left=(PART,),
        continues=True,
    ),
    failed(
        "a server whose file is too short",
        CHECKSUM,
        body=lambda body: body[: len(body) // 2],
    ),
    failed(
        "a server whose file is too long", CHECKSUM, body=lambda body: body + b"more"
    ),
    failed(
        "a server with another file of the same length",
        CHECKSUM,
        body=lambda body: bytes(len(body)),
    ),
    failed("HTTP 404", "HTTP 404 Not Found", {"statuses": [404]}),
    failed(
        "HTTP 500, again and again",
        "HTTP 500 Internal Server Error",
        {"statuses": [500] * (RETRIES + 1)},
    ),
    failed(
        "a redirection to http",
        "redirects to what is 'http://example.invalid/file' but must be an https "
        "address; use https, or for an http mirror set allow_http: true next to it",
        {"location": "http://example.invalid/file"},
    ),
    failed(
        "a server that stalls",
        f"no answer within {TIMEOUT_S} s",
        {"stall": threading.Event(), "etag": None},
        left=(PART,),
        continues=True,
    ),
    Trouble(
        "a mirror that calls a .gz a Content-Encoding",
        "nothing",
        {"encoding": "gzip"},
        succeeds=True,
    ),
    Trouble(
        "fetch killed between two downloads",
        KILLED,
        left=(WAITING,),
        causes=(at("fetch", f"{FETCH}.remote:download", call=2),),
    ),
    Trouble(
        "fetch killed before it has checked a download",
        KILLED,
        left=(PART,),
        causes=(at("fetch", f"{FETCH}.download:matches"),),
        continues=True,
    ),
    Trouble(
        "fetch killed while it unpacks",
        KILLED,
        left=(WAITING, *OTHERS, f"{RAW}/.{IMAGES}.*.partial"),
        causes=(at("fetch", FILE, when="inside"),),
    ),
    Trouble(
        "disk full while downloading (file size limit)",
        said_by(
            "fetch_mnist",
            f"cannot write {PART} (File too large): make room or allow it, then run "
            "the same command again to continue",
        ),
        left=(PART,),
        causes=(at("fetch", JOB, do="limit", n_bytes=50_000),),
        continues=True,
    ),
    Trouble(
        "disk full while unpacking",
        unwritten("fetch_mnist", f"{RAW}/{IMAGES}"),
        left=(WAITING, *OTHERS),
        causes=(full_disk("fetch"),),
    ),
)


@campaign(TROUBLES)
def test_download(fault, broken, expected, recover):
    raw = {p.name: p.read_bytes() for p in (broken / RAW).glob("*-ubyte")}
    good = {
        f"/{name}.gz": Served(gzip.compress(body, mtime=0))
        for name, body in raw.items()
    }
    first = good[f"/{NAME}"]
    served = good | {
        f"/{NAME}": replace(first, body=fault.body(first.body), **fault.served)
    }
    broken.configure(data__mnist={"source": "official"})
    with serving(served) as server:
        recover(
            Fault(
                fault.title,
                f"{RAW}/source.json",
                fault.said,
                fault.left,
                missing=(RAW,),
                causes=fault.causes,
                succeeds=fault.succeeds,
                mend=lambda _: served.update(good),
                always=publishing(server, raw, good),
            ),
            expected=expected | {"data/mnist/raw/source.json": ANY},
        )
    assert ("Range" in first.seen[-1]) is fault.continues


def publishing(server, raw, archives):
    """Let a server's files stand for MNIST's, and no attempt wait long."""
    files = [
        (f"{name}.gz", md5(archives[f"/{name}.gz"].body), f"{server}/{name}.gz")
        for name in sorted(raw, key=lambda name: (name != IMAGES, name))
    ]
    checksums = {name: md5(body) for name, body in raw.items()}
    values = {
        f"{FETCH}.download:FIRST_PAUSE_S": 0.0,
        f"{FETCH}.download:RETRIES": RETRIES,
        f"{FETCH}.transfer:CHUNK_BYTES": 100,
        f"{FETCH}.transfer:TIMEOUT_S": TIMEOUT_S,
    }
    mnist = {"dataset": "mnist", "raw_files": checksums, "files": files}
    return (
        at("fetch", JOB, do="publish", **mnist),
        at("fetch", JOB, do="put", values=values),
    )
