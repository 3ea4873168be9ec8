"""Files that are whole or absent; the workflow writes all its files by this module."""

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
        (errno.EEXIST, errno.EISDIR, errno.ENOTDIR), "remove what is in its way"
    ),
}

# Raise it when a reader of this version could misread what an older one wrote.
FORMAT = 3
UNSEALED = {"sha256": ""}


class DamagedFileError(ValueError):
    """A file that cannot be used as it is: cut, changed or of other settings.

    Its message says what to do. Snakemake makes a deleted file again only for a job
    that reads it and has to run: if the tables exist, it needs ``--forcerun``.
    """

    def __init__(self, path: str | os.PathLike[str], found: str) -> None:
        super().__init__(path, found)

    def __str__(self) -> str:
        """Return the message, with the command that repairs the study."""
        path, found = self.args
        return (
            f"{path} is damaged ({found}): delete it and run the same command again "
            "with --forcerun tables at its end"
        )


@contextmanager
def explain_write_errors(path: Path) -> Iterator[None]:
    """Turn an error in writing a file into a RuntimeError that says what to do.

    The disk may be full, may not be written to, or has something else there.
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
def write_whole(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path next to ``path``, and rename it when the block succeeds.

    The folder is made. After an exception the temporary file is removed and ``path`` is
    untouched; what a killed process left of the same file is removed first. Errors are
    those of :func:`explain_write_errors`.
    """
    final = Path(path)
    # The suffix stays last, because savers choose the format by it.
    name = f".{final.stem}.{{}}.partial{final.suffix}"
    temporary = final.with_name(name.format(f"{platform.node()}-{os.getpid()}"))
    with explain_write_errors(final):
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
    with write_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: str | os.PathLike[str], value: Mapping[str, Any]) -> None:
    """Write ``value`` as indented JSON that :func:`read_json` can trust.

    The first key, ``format``, is the number of the format of all such files. The last
    key, ``sha256``, is the digest of the text with that digest left empty.

    Raises
    ------
    ValueError
        For NaN or infinity, which JSON does not have.
    """
    content = {"format": FORMAT, **value, **UNSEALED}
    text = json.dumps(content, indent=2, allow_nan=False) + "\n"
    write_text(path, _with_seal(text, "", _digest(text)))


def read_json(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return what :func:`write_json` wrote, without its format and checksum.

    Raises
    ------
    DamagedFileError
        If a byte differs.
    ValueError
        If another version of spikemeter wrote it in another format.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
        value = json.loads(text, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise DamagedFileError(path, str(error)) from error
    if not isinstance(value, dict):
        raise DamagedFileError(path, "not a JSON object")
    seal = value.pop("sha256", None)
    if not isinstance(seal, str) or _digest(_with_seal(text, seal, "")) != seal:
        raise DamagedFileError(path, "its checksum differs")
    found = value.pop("format", 1)
    if found != FORMAT:
        raise ValueError(
            f"{path} has format {found} but this version of spikemeter reads format "
            f"{FORMAT}: delete it and run the same command again with --forcerun "
            "tables at its end, or read it with the version that wrote it"
        )
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("an object has the same key twice")
    return value


def _with_seal(text: str, old: str, new: str) -> str:
    """Return the text of a JSON object with another value of its last key."""
    head, key, tail = text.rpartition(f'"sha256": "{old}"')
    return head + key.replace(f'"{old}"', f'"{new}"') + tail


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def verify_checksum(path: str | os.PathLike[str], expected: str) -> None:
    """Check that a file has the recorded SHA-256, or raise a `DamagedFileError`."""
    if Path(path).is_dir():
        raise DamagedFileError(path, "a folder")
    if sha256(path) != expected:
        raise DamagedFileError(path, "its checksum differs")


def sha256(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
