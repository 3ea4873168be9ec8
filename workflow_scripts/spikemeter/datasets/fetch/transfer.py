"""One attempt to get what is missing of a file over HTTP."""

import http
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import requests
from requests.utils import requote_uri

from spikemeter.datasets.fetch.source_settings import find_refusal

CHUNK_BYTES = 1 << 16  # lost at most when a connection breaks
TIMEOUT_S = 30.0  # longest wait for a connection, and for the next bytes
NOTHING_MISSING = http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
WORTH_RETRYING = {408, 425, 429, 500, 502, 503, 504}
MOST_REDIRECTIONS = 10

# Takes the bytes that have arrived and those there are, None if unknown.
Progress = Callable[[int, int | None], None]


class TransferError(Exception):
    """One attempt failed; ``permanent`` if another one there would fail too."""

    def __init__(self, found: str, permanent: bool = False) -> None:
        # Servers choose some of the words: none may reach a terminal as a command.
        super().__init__("".join(c if c.isprintable() else "?" for c in found))
        self.permanent = permanent


@dataclass
class Part:
    """The part of a file that has arrived, and the version it was taken from.

    It is ``<name>.part`` until it is whole and becomes ``final``. More than
    ``limit_bytes`` are not taken. ``allow_http`` lets addresses be http.
    """

    final: Path
    limit_bytes: int
    allow_http: bool = False
    version: str | None = None

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self.final.with_name(f"{self.final.name}.part")

    @property
    def n_bytes(self) -> int:
        """Bytes on the disk."""
        return self.path.stat().st_size if self.path.exists() else 0


class _Session(requests.Session):
    """Follows no redirection: it would read what that has for a body, however long.

    Nor does ``allow_redirects=False`` leave that unread.
    """

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


def transfer(url: str, part: Part, progress: Progress) -> None:
    """Ask for what is missing of a part and append it.

    The part starts again if the server does not continue the same version.

    Raises
    ------
    TransferError
        If the rest did not arrive; what did arrive stays, unless it is too long.
    OSError
        If it cannot be written.
    """
    done = part.n_bytes
    # Without identity, requests would unpack on the way and byte counts would differ.
    headers = {"Accept-Encoding": "identity"}
    if done:
        headers["Range"] = f"bytes={done}-"
        if part.version:
            headers["If-Range"] = part.version
    try:
        with (
            _Session() as session,
            _answer(session, url, headers, part.allow_http) as response,
        ):
            if done and response.status_code == NOTHING_MISSING:
                return  # or a part of something else, as the checksum will say
            _receive(response, part, progress)
    except requests.RequestException as error:
        raise TransferError(_in_words(error)) from error


def _answer(
    session: _Session, url: str, headers: dict[str, str], allow_http: bool
) -> requests.Response:
    """Return the answer after redirections, each checked before it is followed."""
    for _ in range(MOST_REDIRECTIONS + 1):
        response = session.get(url, headers=headers, stream=True, timeout=TIMEOUT_S)
        if not response.is_redirect:
            return response
        response.close()
        url = next_address(url, response.headers["Location"], allow_http)
    raise TransferError(f"redirects over {MOST_REDIRECTIONS} times", permanent=True)


def next_address(url: str, location: str, allow_http: bool) -> str:
    """Return where a redirection leads.

    Raises
    ------
    TransferError
        If https leads to something else, or to an address that is refused.
    """
    there = requote_uri(urljoin(url, location))
    if url.startswith("https:") and not there.startswith("https:"):
        found = f"redirects from https to {there.partition(':')[0]}"
        raise TransferError(found, permanent=True)
    problem = find_refusal(there, allow_http)
    if problem is not None:
        raise TransferError(f"redirects to what {problem}", permanent=True)
    return there


def _receive(response: requests.Response, part: Part, progress: Progress) -> None:
    """Write the body where it belongs; what arrived stays if the rest does not."""
    done, total = _agree(response, part)
    # Servers name the coding of a .gz itself so: its bytes are wanted as they are.
    response.raw.headers.pop("Content-Encoding", None)
    with part.path.open("ab" if done else "wb") as file:
        for chunk in response.iter_content(CHUNK_BYTES):
            done += len(chunk)
            most = max(done, total or 0)
            if most > part.limit_bytes:
                part.path.unlink()
                found = f"it sends {most} bytes or more, but the file has less than"
                raise TransferError(f"{found} {part.limit_bytes}", permanent=True)
            file.write(chunk)
            progress(done, total)
    if total is not None and done < total:
        raise TransferError(f"the connection ended after {done} of {total} bytes")


def _agree(response: requests.Response, part: Part) -> tuple[int, int | None]:
    """Return where the bytes of a response belong and how many the whole has."""
    status = response.status_code
    headers = response.headers
    # A weak ETag cannot vouch for bytes, RFC 9110 section 13.1.5.
    tag = headers.get("ETag", "W/")
    version = headers.get("Last-Modified") if tag.startswith("W/") else tag
    if status == http.HTTPStatus.OK:
        part.version = version
        length = headers.get("Content-Length", "")
        return 0, int(length) if length.isdigit() else None
    if status != http.HTTPStatus.PARTIAL_CONTENT:
        raise TransferError(
            f"HTTP {status} {response.reason}", permanent=status not in WORTH_RETRYING
        )
    span = re.fullmatch(
        r"bytes (\d+)-\d+/(\d+|\*)", headers.get("Content-Range", "").strip()
    )
    changed = part.version is not None and version != part.version
    if span is None or int(span[1]) != part.n_bytes or changed:
        part.path.unlink(missing_ok=True)
        raise TransferError("the file changed, or the server gave another part of it")
    part.version = version
    return int(span[1]), None if span[2] == "*" else int(span[2])


def _in_words(error: requests.RequestException) -> str:
    """Return a network failure in one line."""
    text = f"{type(error).__name__} {error}"
    if isinstance(error, requests.Timeout) or "timed out" in text:
        return f"no answer within {TIMEOUT_S:g} s"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke on the way"
    return " ".join(text.split())
