"""Files that are whole or absent: everything the workflow writes goes through here."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any


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
    """
    final = Path(path)
    final.parent.mkdir(parents=True, exist_ok=True)
    # The suffix stays last, because savers choose the format by it.
    temporary = final.with_name(f".{final.stem}.{os.getpid()}.partial{final.suffix}")
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
    """Write ``value`` as indented JSON; NaN and infinity are refused."""
    write_text(path, json.dumps(value, indent=2, allow_nan=False) + "\n")


def read_json(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read a JSON object.

    Raises
    ------
    ValueError
        If the file is damaged; the message says to delete it and run again.
    """
    try:
        value = json.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(damaged(path, str(error))) from error
    if not isinstance(value, dict):
        raise ValueError(damaged(path, "not a JSON object"))
    return value


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
