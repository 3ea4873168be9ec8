"""The recordings in an archive of N-MNIST: which there are, and their bytes."""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from spikemeter.datasets.fetch.zips import check_entries, open_zip

# The published archives unpack to 1.2 GB; the longest of 1,100 recordings has 36 kB.
LARGEST_ARCHIVE_BYTES = 2_400_000_000
LARGEST_RECORDING_BYTES = 1 << 20

# What zipfile raises on an archive that is not as it should be.
UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OverflowError,
    UnicodeDecodeError,
)


class Recording(NamedTuple):
    """One entry of an archive: its number and label as its name gives them."""

    number: int
    label: int
    entry: zipfile.ZipInfo


@contextmanager
def recordings(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open an archive of recordings; while it is open, its errors name it.

    Raises
    ------
    ValueError
        If the archive is damaged.
    """
    try:
        with open_zip(path) as archive:
            yield archive
    except UNREADABLE as error:
        raise ValueError(f"{path} is damaged ({error}): fetch it again") from error


def first_recordings(
    archive: zipfile.ZipFile, split: str, samples: int | None
) -> list[Recording]:
    """Return the first recordings of an archive, in the order of their ids.

    Parameters
    ----------
    archive : ZipFile
        With members ``<split>/<label>/<id>.bin``, the folder in any case.
    split : {'train', 'test'}
    samples : int or None
        How many; None for all.

    Raises
    ------
    ValueError
        If names are not N-MNIST's or there are fewer recordings.
    zipfile.BadZipFile
        If what they unpack to is absurd.
    """
    found: dict[int, Recording] = {}
    for entry in archive.infolist():
        if not entry.filename.lower().endswith(".bin"):
            continue
        recording = _recording(entry, split, archive)
        if recording.number in found:
            other = found[recording.number].entry.filename
            raise ValueError(
                f"{archive.filename} holds {other!r} and {entry.filename!r}, but "
                "an id must occur once; fetch the archive again"
            )
        found[recording.number] = recording
    wanted = len(found) if samples is None else samples
    if not 1 <= wanted <= len(found):
        raise ValueError(
            f"{split}_samples is {wanted} but {archive.filename} holds {len(found)} "
            f"recordings; set inputs.*.{split}_samples in config.yaml to at least 1 "
            "and at most that number"
        )
    first = [found[number] for number in sorted(found)[:wanted]]
    check_entries((recording.entry for recording in first), LARGEST_ARCHIVE_BYTES)
    for _, _, entry in first:
        if entry.file_size > LARGEST_RECORDING_BYTES:
            raise zipfile.BadZipFile(
                f"{entry.filename} has {entry.file_size} bytes, but "
                f"{LARGEST_RECORDING_BYTES} are the most allowed"
            )
    return first


def _recording(
    entry: zipfile.ZipInfo, split: str, archive: zipfile.ZipFile
) -> Recording:
    name = entry.filename
    match = re.fullmatch(rf"{split}/([0-9])/([0-9]{{1,9}})\.bin", name, re.IGNORECASE)
    if match is None:
        raise ValueError(
            f"{archive.filename} holds {name[:80]!r} but recordings are named "
            f"{split.title()}/<label 0 to 9>/<id>.bin; use the archives of N-MNIST"
        )
    return Recording(int(match[2]), int(match[1]), entry)


def read_recording(archive: zipfile.ZipFile, recording: Recording) -> bytes:
    """Return the bytes of a recording, as many as the archive says.

    Raises
    ------
    zipfile.BadZipFile
        If they are damaged, or more or fewer.
    """
    entry = recording.entry
    with archive.open(entry) as file:
        # With a bound, without which zipfile unpacks all that the entry holds.
        contents = file.read(LARGEST_RECORDING_BYTES)
        too_long = file.read(1)
    if too_long or len(contents) != entry.file_size:
        raise zipfile.BadZipFile(f"{entry.filename} is longer or shorter than it says")
    return contents
