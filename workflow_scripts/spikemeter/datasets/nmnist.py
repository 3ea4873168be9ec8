"""N-MNIST: digits seen by an event camera; its stand-in is a simulation of it."""

from contextlib import AbstractContextManager
from pathlib import Path

from spikemeter.datasets.dataset import (
    EmbeddedSample,
    EventDataSet,
    PublishedFile,
)
from spikemeter.datasets.event_arrays import RecordingSet
from spikemeter.datasets.samples import digits

CITATION = (
    "G. Orchard, A. Jayawant, G. K. Cohen, N. Thakor: Converting static image datasets "
    "to spiking neuromorphic datasets using saccades. Frontiers in Neuroscience 9:437, "
    "2015, doi:10.3389/fnins.2015.00437"
)


class RecordedDigits(EventDataSet):
    """N-MNIST's two archives of recordings."""

    def open(
        self, folder: Path, part: str, samples: int | None
    ) -> AbstractContextManager[RecordingSet]:
        """Open the first recordings of ``train.zip`` or ``test.zip``."""
        from spikemeter.datasets.recordings import open_recordings  # noqa: PLC0415

        return open_recordings(folder / f"{part}.zip", part, samples)

    def forms(self, name: str) -> tuple[str, ...]:
        """Return the name of an archive, and of the folder that tonic unpacks it to."""
        return (name, name.removesuffix(".zip").capitalize())

    def pack(self, found: Path, path: Path) -> None:
        """Write an archive from the folder ``Train`` or ``Test``."""
        from spikemeter.datasets.recordings import pack_recordings  # noqa: PLC0415

        pack_recordings(found, path)


def _published(name: str, md5: str, file_id: str) -> PublishedFile:
    """Return one archive of tonic's ``datasets/nmnist.py`` (10.17632/468j46mzdv.1)."""
    base = "https://data.mendeley.com/public-files/datasets/468j46mzdv/files"
    return PublishedFile(name, f"md5:{md5}", (f"{base}/{file_id}/file_downloaded",))


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
    raw_files={
        "train.zip": "md5:20959b8e626244a1b502305a9e6e2031",
        "test.zip": "md5:69ca8762b2fe404d9b9bad1103e97832",
    },
    # About: the two archives have 1.1 GB together, and 1.2 GB where train.zip is packed
    # again, without compression.
    raw_bytes=1_200_000_000,
    published=(
        _published(
            "train.zip",
            "20959b8e626244a1b502305a9e6e2031",
            "39c25547-014b-4137-a934-9d29fa53c7a0",
        ),
        _published(
            "test.zip",
            "69ca8762b2fe404d9b9bad1103e97832",
            "05a4d654-7e03-4c15-bdfa-9bb2bcbea494",
        ),
    ),
    published_bytes=1_100_000_000,
    home="NMNIST",
    panel_us=105_000,  # three edges of a triangle, 105 ms each
    sample=EmbeddedSample(
        title="simulated N-MNIST (from the MNIST sample)",
        licence=digits.LICENCE,
        citation=f"{digits.CITATION}; recordings imitated: {CITATION}",
        real=False,
        maker="spikemeter.datasets.samples.saccades:write_archives",
        file=digits.FILE,
        checksum=digits.CHECKSUM,
    ),
)
