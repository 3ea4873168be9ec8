"""The archives of N-MNIST: which recordings there are, and their events."""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from spikemeter.datasets.event_arrays import Events, RecordingSet
from spikemeter.datasets.event_files import BYTES_PER_EVENT, decode
from spikemeter.datasets.fetch.zips import check_entries, open_zip
from spikemeter.files import write_whole

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
def open_recordings(
    path: Path, split: str, samples: int | None
) -> Iterator[RecordingSet]:
    """Open the first recordings of an archive; while it is open, its errors name it.

    Parameters
    ----------
    path : Path
        The archive.
    split, samples
        As in :func:`first_recordings`.

    Raises
    ------
    ValueError
        If the archive is damaged, or its names or their number are others.
    """
    try:
        with open_zip(path) as archive:
            members = first_recordings(archive, split, samples)
            yield RecordingSet(
                tuple(member.label for member in members),
                tuple(member.number for member in members),
                sum(member.entry.file_size for member in members) // BYTES_PER_EVENT,
                (_decode(archive, member) for member in members),
            )
    except UNREADABLE as error:
        raise ValueError(f"{path} is damaged ({error}): fetch it again") from error


def _decode(archive: zipfile.ZipFile, member: Recording) -> Events:
    name = f"{archive.filename}: {member.entry.filename}"
    return decode(read_recording(archive, member), name)


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


def pack_recordings(recordings: Path, path: Path) -> None:
    """Put a folder of event recordings into a zip archive.

    Sorted, not compressed and without times, so that equal recordings give equal
    bytes.

    Parameters
    ----------
    recordings : Path
        ``…/Train`` or ``…/Test``, which holds ``<label>/<id, five digits>.bin``.
    path : Path
        The archive, which holds ``Train/<label>/<id>.bin``.

    Raises
    ------
    ValueError
        If there are no recordings, or one is named otherwise.
    """
    files = sorted(recordings.glob("*/*.bin"))
    if not files:
        raise ValueError(f"{recordings} holds no <label>/<id>.bin; copy them there")
    with (
        write_whole(path) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive,
    ):
        for file in files:
            name = file.relative_to(recordings.parent).as_posix()
            if not re.fullmatch(r"(Train|Test)/[0-9]/[0-9]{5}\.bin", name):
                raise ValueError(f"{file} is not named <label>/<id, five digits>.bin")
            if not file.is_file() or file.stat().st_size > LARGEST_RECORDING_BYTES:
                raise ValueError(
                    f"{file} is no file of at most {LARGEST_RECORDING_BYTES} bytes, as "
                    "every recording is; copy it there again"
                )
            archive.writestr(zipfile.ZipInfo(name), file.read_bytes())
