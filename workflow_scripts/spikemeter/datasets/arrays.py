"""Named arrays in one file."""

import os
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from spikemeter.datasets.fetch.zips import check_entries, open_zip
from spikemeter.files import DamagedFileError, write_whole

# Files may unpack to so many times their size; the embedded digits, to five times.
MOST_UNPACKED = 16

# What numpy and zipfile raise on contents that are not as they should be.
UNREADABLE = (
    ArithmeticError,
    EOFError,
    OSError,
    LookupError,
    MemoryError,
    RuntimeError,
    TypeError,
    ValueError,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)


def save_arrays(path: str | os.PathLike[str], arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays to an ``.npz`` file, whole or not at all.

    Equal arrays give equal bytes. Not compressed: reading is as fast as the disk.

    Parameters
    ----------
    path : path
        A name that ends in ``.npz``.
    arrays : mapping of str to array

    Raises
    ------
    ValueError
        If the name ends otherwise, or an array holds Python objects.
    """
    if not os.fspath(path).endswith(".npz"):
        raise ValueError(f"{path}: arrays are stored as .npz; name the file so")
    with write_whole(path) as temporary:
        np.savez(temporary, allow_pickle=False, **arrays)


def load_arrays(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """Read what `save_arrays` wrote.

    Returns
    -------
    dict of str to array

    Raises
    ------
    ValueError
        If the file is damaged; the message says to delete it and run again.
    """
    try:
        with open_zip(path) as archive:
            most_bytes = MOST_UNPACKED * Path(path).stat().st_size
            check_entries(archive.infolist(), most_bytes)
        with np.load(path, allow_pickle=False) as stored:
            arrays = dict(stored)
        kinds = {array.dtype.kind for array in arrays.values()}
        if kinds - set("biuf"):  # a text of no length takes any shape
            raise ValueError("it holds something else than numbers")
    except (FileNotFoundError, IsADirectoryError, PermissionError):
        raise
    except UNREADABLE as error:
        raise DamagedFileError(path, str(error)[:200]) from error
    return arrays
