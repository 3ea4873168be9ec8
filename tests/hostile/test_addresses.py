"""Addresses and servers that attack."""

import copy
from functools import partial
from pathlib import Path
from unittest.mock import Mock, call

import pytest
import requests

from spikemeter.datasets.cifar10 import CIFAR10
from spikemeter.datasets.fetch import archives, remote, transfer
from spikemeter.datasets.fetch import download as module
from spikemeter.datasets.fetch.download import download
from spikemeter.datasets.fetch.source_settings import SourceSettings, find_refusal
from spikemeter.datasets.fetch.sources import fetch
from spikemeter.datasets.fetch.transfer import Part, TransferError, next_address
from spikemeter.datasets.nmnist import NMNIST
from spikemeter.study.checks import check_config
from spikemeter.study.strict_yaml import ConfigError, read_yaml
from tests.datasets.loopback import Served, serving
from tests.datasets.published import md5, publish, tar_of
from tests.hostile.bounds import outcome

ROOT = Path(__file__).parents[2]
SHIPPED = read_yaml(ROOT / "config.yaml")
BODY = bytes(range(256)) * 40


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(module, "RETRIES", 0)


# --- What the config may name --------------------------------------------------------

NEVER = [
    "file:///etc/passwd",
    "ftp://example.org/a/",
    "https:///a/",
    "https:example.org/a",
    "//example.org/a/",
    "javascript:alert(1)",
    "https://user:password@example.org/a/",
    "https://user@example.org/a/",
    "https://example.org\\@evil.example/a/",
    "https://example.org/a b/",
    "https://example.org/a\n/",
    "ht\ntps://example.org/",
    "https://example.org/\x1b[2J",
    "https://example.org/\u202e/",
    "https://example.org:99999/",
    "https://[::1/",
    "-o/etc/passwd",
    "a.bin",
    "",
]


@pytest.mark.parametrize("url", NEVER)
@pytest.mark.parametrize("allow_http", [False, True])
def test_addresses_that_are_never_accepted(url, allow_http):
    problem = find_refusal(url, allow_http)
    assert problem is not None
    assert problem.isprintable() and "password@" not in problem


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "http://[2001:db8::1]:80/a/",
        "http://127.0.0.1.example.org/a.bin",
    ],
)
def test_http_is_accepted_where_the_config_says_so(tmp_path, url):
    with pytest.raises(ValueError, match=r"an https address.*allow_http: true"):
        download([url], Part(tmp_path / "a", 1), md5(BODY))
    assert find_refusal(url, allow_http=True) is None
    for always in (
        url.replace("http:", "https:"),
        "http://localhost:1/",
        "http://[::1]/",
    ):
        assert find_refusal(always) is None


def study(**source):
    values = copy.deepcopy(SHIPPED)
    values["data"]["cifar10"] = {"source": "official", **source}
    return check_config(values).settings.data.cifar10


@pytest.mark.parametrize("url", NEVER)
def test_an_address_is_refused_before_any_job(url):
    with pytest.raises(ConfigError) as caught:
        study(mirrors=["https://good.example/", url])
    message = str(caught.value)
    assert message.startswith("data.cifar10.mirrors[1] ") and message.isprintable()
    assert "password@" not in message


def test_http_is_refused_before_any_job():
    mirrors = ["http://example.org/"]
    with pytest.raises(ConfigError, match=r"mirrors\[0\] is .*set allow_http: true"):
        study(mirrors=mirrors)
    assert study(mirrors=mirrors, allow_http=True).allow_http
    assert not study(mirrors=["https://example.org/"]).allow_http
    with pytest.raises(ConfigError, match=r"allow_http is true but no mirror is http;"):
        study(mirrors=["https://example.org/"], allow_http=True)


def test_the_setting_reaches_the_download(tmp_path, monkeypatch):
    parts = []
    monkeypatch.setattr(remote, "download", lambda urls, part, *_: parts.append(part))
    settings = SourceSettings(
        source="official", mirrors=("http://example.org/",), allow_http=True
    )
    with pytest.raises(FileNotFoundError):
        fetch(NMNIST, settings, tmp_path)
    assert [part.allow_http for part in parts] == [True, True]


# --- What a server may do ------------------------------------------------------------


def get(file, path, *progress):
    part = Part(path, 2 * len(BODY))
    with serving({"/a": file}) as base:
        return download([f"{base}/a"], part, md5(BODY), *progress)


@pytest.mark.parametrize("allow_http", [False, True])
@pytest.mark.parametrize(
    "location",
    [
        "http://example.org/",
        "http://127.0.0.1:8080/",
        "//user:password@b.example/",
        "file:///etc/passwd",
    ],
)
def test_https_leads_to_https_alone(location, allow_http):
    with pytest.raises(TransferError, match="redirects"):
        next_address("https://example.org/a", location, allow_http)
    there = next_address("https://example.org/a", "https://b.example/x y", allow_http)
    assert there == "https://b.example/x%20y"


def test_http_leads_to_http_where_the_config_says_so():
    origin, target = "http://example.org/a", "http://b.example/"
    assert next_address(origin, target, allow_http=True) == target
    with pytest.raises(TransferError, match="must be an https address"):
        next_address(origin, target, allow_http=False)


def test_a_forbidden_place_is_not_even_asked(tmp_path):
    secret = Served(BODY)
    with serving({"/secret": secret}) as base:
        away = base.replace("127.0.0.1", "0.0.0.0")  # no loopback, but the same server
        trusting = requests.get(f"{away}/secret", timeout=5)
        assert trusting.content == BODY and len(secret.seen) == 1
        with pytest.raises(RuntimeError, match="redirects to what is 'http://0"):
            get(Served(b"", location=f"{away}/secret"), tmp_path / "a")
    assert len(secret.seen) == 1


def test_the_body_of_a_redirection_is_not_read(tmp_path):
    files = {"/a": Served(bytes(160 << 20), location="/b"), "/b": Served(BODY)}
    with serving(files) as base:
        url, part = f"{base}/a", Part(tmp_path / "a", len(BODY))
        trusting = partial(requests.get, url, stream=True, timeout=5)
        assert outcome(trusting).startswith("MemoryError")
        assert outcome(download, [url], part, md5(BODY)) == "done"
    assert (tmp_path / "a").read_bytes() == BODY


def test_redirections_end(tmp_path):
    with pytest.raises(RuntimeError, match="redirects over 10 times"):
        get(Served(b"", location="/a"), tmp_path / "a")


def test_a_body_that_never_ends_does_not_fill_the_disk(tmp_path):
    for body in (BODY * 100, BODY * 2 + b"x"):
        with pytest.raises(
            RuntimeError, match=r"it sends \d+ bytes or more, but the fil"
        ):
            get(Served(body), tmp_path / "a")
        assert not list(tmp_path.iterdir())


def test_a_body_of_no_stated_length_does_not_fill_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(transfer, "CHUNK_BYTES", 1000)
    told = []
    agree = transfer._agree
    monkeypatch.setattr(transfer, "_agree", lambda *args: (agree(*args)[0], None))
    with pytest.raises(RuntimeError, match="it sends 21000 bytes or more"):
        get(Served(BODY * 100), tmp_path / "a", lambda *at: told.append(at))
    assert max(done for done, _ in told) <= 2 * len(BODY)
    assert not list(tmp_path.iterdir())


def test_a_server_cannot_write_to_the_terminal():
    assert str(TransferError("HTTP 404 \x1b]0;owned\x07\n")) == "HTTP 404 ?]0;owned??"


# --- Verified before it is unpacked --------------------------------------------------


def test_nothing_is_unpacked_before_it_is_verified(tmp_path, monkeypatch, batch_files):
    inside = tar_of(batch_files, "cifar-10-batches-py/")
    cifar10 = publish(CIFAR10, batch_files, {"cifar-10-python.tar.gz": inside})
    happened = Mock()
    for owner, name in ((module, "matches"), (archives.gzip, "open")):
        happened.attach_mock(Mock(wraps=getattr(owner, name)), name)
        monkeypatch.setattr(owner, name, getattr(happened, name))
    path = tmp_path / "raw" / "downloads" / "cifar-10-python.tar.gz"
    verified = call.matches(path.with_suffix(".gz.part"), md5(inside))

    def fetch_served(body):
        with serving({f"/{path.name}": Served(body)}) as base:
            settings = SourceSettings(source="official", mirrors=(base,))
            fetch(cifar10, settings, tmp_path / "raw")

    fetch_served(inside)
    assert happened.mock_calls == [verified, call.open(path)]
    happened.reset_mock()
    with pytest.raises(RuntimeError, match="could not be downloaded"):
        fetch_served(inside[:-1] + b"x")
    assert happened.mock_calls == [verified]
