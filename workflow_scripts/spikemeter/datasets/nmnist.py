"""N-MNIST: digits seen by an event camera; its stand-in is a simulation of it."""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from spikemeter.datasets.dataset import PublishedFile
from spikemeter.datasets.fetch.zips import open_zip
from spikemeter.datasets.kinds.events import EventDataSet
from spikemeter.datasets.samples import digits
from spikemeter.files import write_whole

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

# What zipfile raises on an archive that is not as it should be.
UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError),
    *(NotImplementedError, OverflowError, UnicodeDecodeError),
)


class RecordedDigits(EventDataSet):
    """N-MNIST's two archives of recordings."""

    def read(
        self, folder: Path, part: str, samples: int | None
    ) -> Iterator[tuple[int, int, "Events"]]:
        """Yield the first recordings of ``train.zip`` or ``test.zip``.

        Members are ``<part>/<label>/<id>.bin``, the folder in any case.
        """
        from spikemeter.datasets.event_files import decode  # noqa: PLC0415

        path = folder / f"{part}.zip"
        try:
            with open_zip(path, LARGEST_ARCHIVE_BYTES) as archive:
                entries = _find_entries(archive, part)
                wanted = len(entries) if samples is None else samples
                if not 1 <= wanted <= len(entries):
                    raise ValueError(
                        f"{part}_samples is {wanted} but {path} holds {len(entries)} "
                        f"recordings; set inputs.*.{part}_samples in config.yaml to at "
                        "least 1 and at most that number"
                    )
                for number, (label, entry) in sorted(entries.items())[:wanted]:
                    raw = _read_entry(archive, entry)
                    yield label, number, decode(raw, f"{path}: {entry.filename}")
        except UNREADABLE as error:
            raise ValueError(f"{path} is damaged ({error}): fetch it again") from error

    def forms(self, name: str) -> tuple[str, ...]:
        """Return the name of an archive, and of the folder that tonic unpacks it to."""
        return (name, name.removesuffix(".zip").capitalize())

    def pack(self, found: Path, path: Path) -> None:
        """Put the folder ``Train`` or ``Test`` into an archive.

        Sorted, not compressed and without times: equal recordings give equal bytes.
        """
        files = sorted(found.glob("*/*.bin"))
        if not files:
            raise ValueError(f"{found} holds no <label>/<id>.bin; copy them there")
        with (
            write_whole(path) as temporary,
            zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive,
        ):
            for file in files:
                name = file.relative_to(found.parent).as_posix()
                if not re.fullmatch(r"(Train|Test)/[0-9]/[0-9]{5}\.bin", name):
                    raise ValueError(
                        f"{file} is not named <label>/<id, five digits>.bin"
                    )
                if not file.is_file() or file.stat().st_size > LARGEST_RECORDING_BYTES:
                    raise ValueError(
                        f"{file} is no file of at most {LARGEST_RECORDING_BYTES} "
                        "bytes, as every recording is; copy it there again"
                    )
                archive.writestr(zipfile.ZipInfo(name), file.read_bytes())


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
        if not (match := pattern.fullmatch(name)):
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
