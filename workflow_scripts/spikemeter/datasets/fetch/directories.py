"""Raw files that a user has already, as torchvision or tonic lays them out."""

from pathlib import Path
from zipfile import is_zipfile

from spikemeter.datasets.dataset import DataSet
from spikemeter.datasets.fetch.archives import gunzip, store


def copy_raw_files(dataset: DataSet, directory: Path, folder: Path) -> None:
    """Copy, unpack or pack the raw files found in a directory.

    All of them in the library's own folder, else all in the directory itself:
    never some from each.

    Parameters
    ----------
    dataset : DataSet
        Its :meth:`DataSet.forms` say what a file may be instead: compressed (``.gz``),
        or for an archive of recordings the folder ``Train`` or ``Test``.
    directory, folder : Path
        Where to look, and where to write.

    Raises
    ------
    ValueError
        If a file is missing (the message says what was looked for and where), or is
        not what its name says.
    """
    limit_bytes = dataset.raw_limit_bytes
    for name, found in _find_files(dataset, directory).items():
        if found.is_dir():
            dataset.pack(found, folder / name)
        elif not found.is_file():  # reading a pipe or a device might never end
            raise ValueError(f"{found} is no file: copy the file itself there")
        elif found.suffix == ".gz":
            gunzip(found, folder / name, limit_bytes)
        elif found.suffix == ".zip" and not is_zipfile(found):
            raise ValueError(f"{found} is not a whole zip archive: copy it again")
        else:
            with found.open("rb") as stream:
                store(stream, folder / name, limit_bytes)


def _find_files(dataset: DataSet, directory: Path) -> dict[str, Path]:
    missing = []
    for home in (directory / dataset.home, directory):
        found: dict[str, Path] = {}
        for name in dataset.raw_files:
            forms = dataset.forms(name)
            existing = [home / form for form in forms if (home / form).exists()]
            if existing:
                found[name] = existing[0]
            else:
                missing.append(f"{home}/{' or '.join(forms)}")
        if len(found) == len(dataset.raw_files):
            return found
    raise ValueError(
        f"{directory} does not hold {dataset.name}; looked for {', '.join(missing)}; "
        f"copy them there or correct data.{dataset.name}.directory in config.yaml"
    )
