"""Downloads that resume, retry, change mirrors, and end with a verified file."""

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path

from spikemeter.datasets.fetch.source_settings import find_refusal
from spikemeter.datasets.fetch.transfer import Part, Progress, TransferError, transfer

RETRIES = 4  # further attempts at each address after a failure that may pass
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0


def matches(path: Path, checksum: str) -> bool:
    """Return whether a file has a checksum, ``md5:…`` or ``sha256:…``.

    Raises
    ------
    ValueError
        If the checksum is written otherwise.
    """
    kind, _, expected = checksum.partition(":")
    if kind not in {"md5", "sha256"} or not expected:
        raise ValueError(f"checksum is {checksum!r} but must be md5:… or sha256:…")
    with path.open("rb") as file:
        return hashlib.file_digest(file, kind).hexdigest() == expected.lower()


def download(
    urls: Sequence[str],
    part: Part,
    checksum: str,
    progress: Progress = lambda *_: None,
) -> str | None:
    """Download a file from the first of several addresses that delivers it.

    What arrives is kept in ``<name>.part`` and continued by the next attempt, also
    by one at another address or in a later run. It gets its name only when its
    checksum is right.

    Returns
    -------
    str or None
        The address that delivered, or None if the file was there.

    Raises
    ------
    ValueError
        If an address is refused.
    RuntimeError
        If no address delivers, or the file cannot be written here.
    """
    for url in urls:
        problem = find_refusal(url, part.allow_http)
        if problem is not None:
            raise ValueError(
                f"an address {problem}; see data.<dataset>.mirrors in config.yaml"
            )
    if part.final.exists() and matches(part.final, checksum):
        return None
    failures = []
    try:
        part.final.parent.mkdir(parents=True, exist_ok=True)
        for url in urls:
            failure = _try_address(url, part, checksum, progress)
            if failure is None:
                part.path.replace(part.final)
                return url
            failures.append(f"{url}: {failure}")
    except OSError as error:  # of the disk: those of the network are TransferError
        raise RuntimeError(
            f"cannot write {part.path} ({error.strerror or error}): make room or allow "
            "it, then run the same command again to continue"
        ) from error
    raise RuntimeError(
        f"{part.final.name} could not be downloaded: {'; '.join(failures)}. Run the "
        "same command again to continue, name another mirror in "
        "data.<dataset>.mirrors, or use files you have with data.<dataset>.source: "
        "directory, in config.yaml"
    )


def _try_address(url: str, part: Part, checksum: str, progress: Progress) -> str | None:
    """Return None once the part is whole and right, else what went wrong last."""
    found = ""
    part.version = None
    for attempt in range(RETRIES + 1):
        if attempt:
            time.sleep(min(FIRST_PAUSE_S * 2 ** (attempt - 1), LONGEST_PAUSE_S))
        resumed = part.n_bytes > 0
        try:
            transfer(url, part, progress)
        except TransferError as error:
            found = str(error)
            if error.permanent:
                break
            continue
        if matches(part.path, checksum):
            return None
        part.path.unlink()
        found = f"the file it gave does not have the checksum {checksum}"
        if not resumed:
            break  # the server has another file; two joined halves get a new start
    return found
