"""Prepared inputs on disk: the arrays, and the JSON that says where they are from.

Everything that is read was checked against what its maker recorded: a file that was
cut, changed or copied from another study never becomes a number.
"""

import os
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from spikemeter.datasets.fetch.zips import open_zip
from spikemeter.files import (
    DamagedFileError,
    read_json,
    sha256,
    verify_checksum,
    write_json,
    write_whole,
)

# Files may unpack to so many times their size; the embedded digits, to five times.
MOST_UNPACKED = 16

# What numpy and zipfile raise on contents that are not as they should be.
UNREADABLE = (
    *(ArithmeticError, EOFError, LookupError, MemoryError, OSError, RuntimeError),
    *(TypeError, ValueError, tokenize.TokenError, zipfile.BadZipFile, zlib.error),
)


def read_source(path: Path, key: str) -> dict[str, Any]:
    """Read ``source.json`` of the fetch with some key, and check the raw files.

    Raises
    ------
    ValueError
        If a file is damaged, or was fetched for other settings.
    """
    source = _made_from(path, key, "files")
    for name, recorded in source["files"].items():
        verify_checksum(path.with_name(name), recorded["sha256"])
    return source


def write_input(
    paths: tuple[str, str],
    arrays: Mapping[str, np.ndarray],
    source: Mapping[str, Any],
    made_from: Mapping[str, Any],
    counts: Mapping[str, Any],
) -> None:
    """Write the arrays of an input, then what tells of them.

    Equal arrays give equal bytes. Not compressed: reading is as fast as the disk.

    Parameters
    ----------
    paths : pair of str
        Of the arrays (``.npz``) and of the JSON.
    arrays, counts : mapping
        What :meth:`DataSet.prepare` gave.
    source : mapping
        What :func:`read_source` gave.
    made_from : mapping
        ``spec`` (the preparation) and ``key`` of the job.
    """
    with write_whole(paths[0]) as temporary:
        np.savez(temporary, allow_pickle=False, **arrays)
    write_json(
        paths[1],
        {
            **source,
            "key": made_from["key"],
            "prepared": made_from["spec"],
            "train_samples": len(arrays["train_labels"]),
            "test_samples": len(arrays["test_labels"]),
            "counts": counts,
            "arrays_sha256": sha256(paths[0]),
        },
    )


def read_input(
    paths: tuple[str, str], key: str
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read what :func:`write_input` wrote for the preparation with some key.

    Raises
    ------
    ValueError
        If a file is damaged, or was prepared with other settings.
    """
    provenance = _made_from(paths[1], key, "arrays_sha256")
    verify_checksum(paths[0], provenance["arrays_sha256"])
    return load_arrays(paths[0]), provenance


def load_arrays(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """Read the arrays of an ``.npz`` file by their names.

    Raises
    ------
    ValueError
        If the file is damaged; the message says to delete it and run again.
    """
    try:
        most_bytes = MOST_UNPACKED * Path(path).stat().st_size
        with open_zip(path, most_bytes), np.load(path, allow_pickle=False) as stored:
            arrays = dict(stored)
        kinds = {array.dtype.kind for array in arrays.values()}
        if kinds - set("biuf"):  # a text of no length takes any shape
            raise ValueError("it holds something else than numbers")
    except (FileNotFoundError, IsADirectoryError, PermissionError):
        raise
    except UNREADABLE as error:
        raise DamagedFileError(path, str(error)[:200]) from error
    return arrays


def _made_from(path: str | Path, key: str, needed: str) -> dict[str, Any]:
    content = read_json(path)
    if content.get("key") != key:
        raise DamagedFileError(path, "made from other settings")
    if needed not in content:
        raise DamagedFileError(path, f"it lacks {needed}")
    return content
