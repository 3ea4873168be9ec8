"""N-MNIST: digits seen by an event camera; its stand-in is a simulation of it."""

import os
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

from spikemeter.datasets.dataset import PublishedFile
from spikemeter.datasets.fetch.user_files import (
    IS_LFS_POINTER,
    LFS_POINTER,
    read_start,
    refuse_file,
)
from spikemeter.datasets.fetch.zips import open_zip
from spikemeter.datasets.kinds.events import EventDataSet
from spikemeter.datasets.samples import digits
from spikemeter.files import DamagedFileError, write_whole

if TYPE_CHECKING:
    from spikemeter.datasets.event_files import Events

CITATION = (
    "G. Orchard, A. Jayawant, G. K. Cohen, N. Thakor: Converting static image datasets "
    "to spiking neuromorphic datasets using saccades. Frontiers in Neuroscience 9:437, "
    "2015, doi:10.3389/fnins.2015.00437"
)
# Checksum and number of each archive, from tonic's datasets/nmnist.py
# (10.17632/468j46mzdv.1).
MENDELEY = "https://data.mendeley.com/public-files/datasets/468j46mzdv/files"
ARCHIVES = {
    "train.zip": (
        "md5:20959b8e626244a1b502305a9e6e2031",
        "39c25547-014b-4137-a934-9d29fa53c7a0",
    ),
    "test.zip": (
        "md5:69ca8762b2fe404d9b9bad1103e97832",
        "05a4d654-7e03-4c15-bdfa-9bb2bcbea494",
    ),
}

# The published archives unpack to 1.2 GB; the longest of 1,100 recordings has 36 kB.
LARGEST_ARCHIVE_BYTES = 2_400_000_000
LARGEST_RECORDING_BYTES = 1 << 20
MACOS = re.compile(r"(^|/)(__MACOSX/|\._)")

Place = TypeVar("Place")


class RecordingError(ValueError):
    """A recording, or a name of one, that is not as it should be."""


# What else zipfile raises on an archive that is not as it should be.
UNREADABLE = (
    *(RecordingError, zipfile.BadZipFile, zlib.error, struct.error, EOFError),
    *(NotImplementedError, OverflowError, UnicodeDecodeError),
)


class RecordedDigits(EventDataSet):
    """N-MNIST's two archives of recordings."""

    def read(
        self, folder: Path, part: str, samples: int | None
    ) -> Iterator[tuple[int, int, "Events"]]:
        """Yield the first recordings of ``train.zip`` or ``test.zip``.

        Members are ``<part>/<label>/<id>.bin``, in any case.
        """
        path = folder / f"{part}.zip"
        try:
            with open_zip(path, LARGEST_ARCHIVE_BYTES) as archive:
                named = ((entry.filename, entry) for entry in archive.infolist())
                entries = _find_recordings(named, part)
                wanted = len(entries) if samples is None else samples
                if not 1 <= wanted <= len(entries):
                    raise ValueError(
                        f"{part}_samples is {wanted} but {path} holds {len(entries)} "
                        f"recordings; set inputs.*.{part}_samples in config.yaml to at "
                        "least 1 and at most that number"
                    )
                for number, (label, entry) in sorted(entries.items())[:wanted]:
                    raw = _read_entry(archive, entry)
                    yield label, number, _decode(raw, entry.filename)
        except UNREADABLE as error:
            raise DamagedFileError(path, str(error)) from error

    def forms(self, name: str) -> tuple[str, ...]:
        """Return the name of an archive, and of the folder that tonic unpacks it to."""
        part = name.removesuffix(".zip")
        return (name, part.capitalize(), part)

    def pack(self, found: Path, path: Path) -> None:
        """Put the recordings in a folder ``Train`` or ``Test`` into an archive.

        Sorted, not compressed, and with names of one form and without times: equal
        recordings give equal bytes.
        """
        files = (
            Path(folder, name)
            for folder, _, names in os.walk(found, onerror=_refuse, followlinks=True)
            for name in names
        )
        named = ((file.relative_to(found.parent).as_posix(), file) for file in files)
        try:
            recordings = _find_recordings(named, path.stem)
        except RecordingError as error:
            raise refuse_file(found, str(error)) from error
        by_label = sorted((label, n, file) for n, (label, file) in recordings.items())
        with (
            write_whole(path) as temporary,
            zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive,
        ):
            for label, number, file in by_label:
                contents = read_start(file, LARGEST_RECORDING_BYTES + 1)
                try:
                    _decode(contents, "the recording")
                except RecordingError as error:
                    raise refuse_file(file, str(error)) from error
                name = f"{path.stem.title()}/{label}/{number:05d}.bin"
                archive.writestr(zipfile.ZipInfo(name), contents)


def _refuse(error: OSError) -> NoReturn:
    """Refuse a folder that cannot be listed, which would else seem to be empty."""
    raise refuse_file(Path(error.filename), str(error.strerror)) from error


def _find_recordings(
    named: Iterable[tuple[str, Place]], part: str
) -> dict[int, tuple[int, Place]]:
    """Return the label and the place of each recording by its id.

    What macOS adds to folders and archives is no recording.
    """
    found: dict[int, tuple[int, Place]] = {}
    names: dict[int, str] = {}
    allowed = f"{part.title()}/<label 0 to 9>/<id>.bin"
    pattern = re.compile(rf"{part}/([0-9])/([0-9]{{1,9}})\.bin", re.IGNORECASE)
    for name, place in named:
        if not name.lower().endswith(".bin") or MACOS.search(name):
            continue
        if not (match := pattern.fullmatch(name)):
            raise RecordingError(
                f"it holds {name[:80]!r} but recordings are named {allowed}"
            )
        label, number = map(int, match.groups())
        if number in found:
            raise RecordingError(
                f"it holds {names[number]!r} and {name!r}, but an id must occur once"
            )
        found[number], names[number] = (label, place), name
    if not found:
        raise RecordingError(f"it holds no {allowed}")
    return found


def _decode(raw: bytes, name: str) -> "Events":
    """Return the events of a recording, or raise a RecordingError."""
    from spikemeter.datasets.event_files import decode  # noqa: PLC0415

    if raw.startswith(LFS_POINTER):
        raise RecordingError(f"{name} is {IS_LFS_POINTER}")
    if len(raw) > LARGEST_RECORDING_BYTES:
        raise RecordingError(f"{name} has over {LARGEST_RECORDING_BYTES} bytes")
    try:
        return decode(raw, name)
    except ValueError as error:
        raise RecordingError(str(error)) from error


def _read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Return the contents of an entry, which must be as long as the archive says."""
    if entry.file_size > LARGEST_RECORDING_BYTES:
        raise zipfile.BadZipFile(
            f"{entry.filename} has {entry.file_size} bytes, but "
            f"{LARGEST_RECORDING_BYTES} are the most allowed"
        )
    with archive.open(entry) as file:
        # With a bound, without which zipfile unpacks all that the entry holds.
        contents = file.read(entry.file_size)
    if len(contents) != entry.file_size:
        raise zipfile.BadZipFile(f"{entry.filename} is longer or shorter than it says")
    return contents


NMNIST = RecordedDigits(
    name="nmnist",
    title="N-MNIST",
    licence="CC BY-SA 4.0",
    citation=CITATION,
    sample_shape=(2, 34, 34),
    classes=digits.CLASSES,
    train_samples=60_000,
    test_samples=10_000,
    sample_bytes=4170 * 5,  # a recording has 4,170 events of 5 bytes
    raw_files={name: checksum for name, (checksum, _) in ARCHIVES.items()},
    # About: the two archives have 1.1 GB together, and 1.2 GB where train.zip is packed
    # again, without compression.
    raw_bytes=1_200_000_000,
    published=tuple(
        PublishedFile(name, checksum, (f"{MENDELEY}/{file_id}/file_downloaded",))
        for name, (checksum, file_id) in ARCHIVES.items()
    ),
    published_bytes=1_100_000_000,
    home="NMNIST",
    panel_us=105_000,  # three edges of a triangle, 105 ms each
    sample=replace(
        digits.SAMPLE,
        title="simulated N-MNIST (from the MNIST sample)",
        citation=f"{digits.SAMPLE.citation}; recordings imitated: {CITATION}",
        real=False,
        maker="spikemeter.datasets.samples.saccades:write_archives",
    ),
)
