"""Raw files that a user has already, as torchvision or tonic lays them out."""

from pathlib import Path
from zipfile import is_zipfile

from spikemeter.datasets.dataset import DataSet
from spikemeter.datasets.fetch.archives import gunzip, store


def locate(dataset: DataSet, directory: Path) -> dict[str, Path]:
    """Return where in a directory the raw files of a data set are.

    All of them in the library's own folder, else all in the directory itself:
    never some from each.

    Parameters
    ----------
    dataset : DataSet
    directory : Path

    Returns
    -------
    dict of str to Path
        For each raw file itself, or its other form: compressed (``.gz``), or for
        an archive of recordings the folder ``Train`` or ``Test``.

    Raises
    ------
    ValueError
        If something is missing; the message says what was looked for and where.
    """
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


def copy_raw_files(dataset: DataSet, directory: Path, folder: Path) -> None:
    """Copy, unpack or pack the raw files found in a directory.

    Parameters
    ----------
    dataset : DataSet
    directory, folder : Path
        Where to look, and where to write.

    Raises
    ------
    ValueError
        If a file is missing or is not what its name says.
    """
    limit_bytes = dataset.raw_limit_bytes
    for name, found in locate(dataset, directory).items():
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
