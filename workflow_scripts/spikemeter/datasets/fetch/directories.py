"""Raw files that a user has already, as torchvision or tonic lays them out."""

from collections.abc import Callable
from pathlib import Path
from zipfile import is_zipfile

from spikemeter.datasets.catalogue import DATA_SETS
from spikemeter.datasets.fetch.archives import gunzip, pack_recordings, store

# Where the libraries keep the files below the folder they are given, and the other
# form that a file may have there.
HOMES = {"mnist": "MNIST/raw", "cifar10": "cifar-10-batches-py", "nmnist": "NMNIST"}
OTHER_FORMS: dict[str, Callable[[str], str]] = {
    "mnist": "{}.gz".format,
    "cifar10": str,
    "nmnist": lambda name: name.removesuffix(".zip").capitalize(),
}


def locate(dataset: str, directory: Path) -> dict[str, Path]:
    """Return where in a directory the raw files of a data set are.

    All of them in the library's own folder, else all in the directory itself:
    never some from each.

    Parameters
    ----------
    dataset : {'mnist', 'cifar10', 'nmnist'}
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
    for home in (directory / HOMES[dataset], directory):
        found: dict[str, Path] = {}
        for name in DATA_SETS[dataset].raw_files:
            forms = dict.fromkeys((name, OTHER_FORMS[dataset](name)))
            existing = [home / form for form in forms if (home / form).exists()]
            if existing:
                found[name] = existing[0]
            else:
                missing.append(f"{home}/{' or '.join(forms)}")
        if len(found) == len(DATA_SETS[dataset].raw_files):
            return found
    raise ValueError(
        f"{directory} does not hold {dataset}; looked for {', '.join(missing)}; copy "
        f"them there or correct data.{dataset}.directory in config.yaml"
    )


def copy_raw_files(dataset: str, directory: Path, folder: Path) -> None:
    """Copy, unpack or pack the raw files found in a directory.

    Parameters
    ----------
    dataset : {'mnist', 'cifar10', 'nmnist'}
    directory, folder : Path
        Where to look, and where to write.

    Raises
    ------
    ValueError
        If a file is missing or is not what its name says.
    """
    limit_bytes = DATA_SETS[dataset].raw_limit_bytes
    for name, found in locate(dataset, directory).items():
        if dataset == "nmnist" and found.is_dir():
            pack_recordings(found, folder / name)
        elif not found.is_file():  # reading a pipe or a device might never end
            raise ValueError(f"{found} is no file: copy the file itself there")
        elif found.suffix == ".gz":
            gunzip(found, folder / name, limit_bytes)
        elif found.suffix == ".zip" and not is_zipfile(found):
            raise ValueError(f"{found} is not a whole zip archive: copy it again")
        else:
            with found.open("rb") as stream:
                store(stream, folder / name, limit_bytes)
