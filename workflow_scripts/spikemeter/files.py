"""Files that are whole or absent: everything the workflow writes goes through here."""

import errno
import hashlib
import json
import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ADVICE = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), "make room"),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), "allow it"),
    **dict.fromkeys(
        (errno.EEXIST, errno.EISDIR, errno.ENOTDIR), "remove what stands in its way"
    ),
}


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Say what to do if a file cannot be written in the block.

    Raises
    ------
    RuntimeError
        If the disk is full, may not be written to, or has something else there.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in ADVICE:
            raise
        raise RuntimeError(
            f"cannot write {path} ({error.strerror}): {ADVICE[error.errno]}, then run "
            "the same command again"
        ) from error


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path beside ``path`` and rename it when the block succeeds.

    Parameters
    ----------
    path : path
        The final file; its folder is made.

    Yields
    ------
    Path
        Where to write. After an exception it is removed and ``path`` is untouched.
        What a killed process left of the same file is removed first.

    Raises
    ------
    RuntimeError
        As of :func:`explained`.
    """
    final = Path(path)
    # The suffix stays last, because savers choose the format by it.
    name = f".{final.stem}.{{}}.partial{final.suffix}"
    temporary = final.with_name(name.format(f"{platform.node()}-{os.getpid()}"))
    with explained(final):
        final.parent.mkdir(parents=True, exist_ok=True)
        for partial in final.parent.glob(name.format("*")):
            partial.unlink(missing_ok=True)
        try:
            yield temporary
            with temporary.open("rb") as file:
                os.fsync(file.fileno())
            temporary.replace(final)
        finally:
            temporary.unlink(missing_ok=True)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write ``text`` as UTF-8, whole or not at all."""
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: str | os.PathLike[str], value: Mapping[str, Any]) -> None:
    """Write ``value`` as indented JSON that :func:`read_json` can trust.

    The last key, ``sha256``, is the digest of the text with that digest left empty.

    Raises
    ------
    ValueError
        For NaN or infinity, which are no JSON.
    """
    text = json.dumps({**value, **UNSEALED}, indent=2, allow_nan=False) + "\n"
    write_text(path, _with_seal(text, "", _digest(text)))


def read_json(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read what :func:`write_json` wrote, without its checksum.

    Raises
    ------
    ValueError
        If a byte is another one; the message says to delete the file and run again.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
        value = json.loads(text, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise ValueError(damaged(path, str(error))) from error
    if not isinstance(value, dict):
        raise ValueError(damaged(path, "not a JSON object"))
    seal = value.pop("sha256", None)
    if not isinstance(seal, str) or _digest(_with_seal(text, seal, "")) != seal:
        raise ValueError(damaged(path, "its checksum differs"))
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return value


UNSEALED = {"sha256": ""}


def _with_seal(text: str, old: str, new: str) -> str:
    """Return the text of a JSON object with another value of its last key."""
    head, key, tail = text.rpartition(f'"sha256": "{old}"')
    return head + key.replace(f'"{old}"', f'"{new}"') + tail


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def verify(path: str | os.PathLike[str], expected: str) -> None:
    """Check that a file is the one whose SHA-256 was recorded.

    Raises
    ------
    ValueError
        If not; the message says to delete it and run again.
    """
    if Path(path).is_dir():
        raise ValueError(damaged(path, "a folder"))
    if sha256(path) != expected:
        raise ValueError(damaged(path, "its checksum differs"))


def damaged(path: str | os.PathLike[str], found: str) -> str:
    """Return the message for a result file that cannot be used.

    Snakemake makes a deleted file again only for a job that reads it and has to run:
    with tables that are there, it must be told.
    """
    return (
        f"{path} is damaged ({found}): delete it and run the same command again with "
        "--forcerun tables at its end"
    )


def sha256(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
