"""The archives of N-MNIST: which recordings there are, and their events."""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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


@contextmanager
def open_recordings(
    path: Path, split: str, samples: int | None
) -> Iterator[RecordingSet]:
    """Open the first recordings of an archive; while it is open, its errors name it.

    Parameters
    ----------
    path : Path
        The archive, with members ``<split>/<label>/<id>.bin``, the folder in any case.
    split : {'train', 'test'}
    samples : int or None
        How many, in the order of their ids; None for all.

    Raises
    ------
    ValueError
        If the archive is damaged, what it unpacks to is absurd, names are not
        N-MNIST's, or there are fewer recordings.
    """
    try:
        with open_zip(path) as archive:
            entries = _find_entries(archive, split)
            wanted = len(entries) if samples is None else samples
            if not 1 <= wanted <= len(entries):
                raise ValueError(
                    f"{split}_samples is {wanted} but {path} holds {len(entries)} "
                    f"recordings; set inputs.*.{split}_samples in config.yaml to at "
                    "least 1 and at most that number"
                )
            numbers = sorted(entries)[:wanted]
            labels, first = zip(*(entries[number] for number in numbers), strict=True)
            check_entries(first, LARGEST_ARCHIVE_BYTES)
            for entry in first:
                if entry.file_size > LARGEST_RECORDING_BYTES:
                    raise zipfile.BadZipFile(
                        f"{entry.filename} has {entry.file_size} bytes, but "
                        f"{LARGEST_RECORDING_BYTES} are the most allowed"
                    )
            yield RecordingSet(
                labels,
                tuple(numbers),
                sum(entry.file_size for entry in first) // BYTES_PER_EVENT,
                (_read_recording(archive, entry) for entry in first),
            )
    except UNREADABLE as error:
        raise ValueError(f"{path} is damaged ({error}): fetch it again") from error


def _find_entries(
    archive: zipfile.ZipFile, split: str
) -> dict[int, tuple[int, zipfile.ZipInfo]]:
    """Return the label and the entry of each recording by its id."""
    found: dict[int, tuple[int, zipfile.ZipInfo]] = {}
    pattern = re.compile(rf"{split}/([0-9])/([0-9]{{1,9}})\.bin", re.IGNORECASE)
    for entry in archive.infolist():
        name = entry.filename
        if not name.lower().endswith(".bin"):
            continue
        match = pattern.fullmatch(name)
        if match is None:
            raise ValueError(
                f"{archive.filename} holds {name[:80]!r} but recordings are named "
                f"{split.title()}/<label 0 to 9>/<id>.bin; use the archives of N-MNIST"
            )
        label, number = map(int, match.groups())
        if number in found:
            raise ValueError(
                f"{archive.filename} holds {found[number][1].filename!r} and {name!r}, "
                "but an id must occur once; fetch the archive again"
            )
        found[number] = label, entry
    return found


def _read_recording(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Events:
    """Return the events of an entry, which must be as long as the archive says."""
    with archive.open(entry) as file:
        # With a bound, without which zipfile unpacks all that the entry holds.
        contents = file.read(LARGEST_RECORDING_BYTES)
        too_long = file.read(1)
    if too_long or len(contents) != entry.file_size:
        raise zipfile.BadZipFile(f"{entry.filename} is longer or shorter than it says")
    return decode(contents, f"{archive.filename}: {entry.filename}")


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
