"""Unpack and pack the archives in which data sets are published."""

import gzip
import re
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from spikemeter.data.download import matches
from spikemeter.files import whole_file


def store(
    stream: IO[bytes] | gzip.GzipFile, path: Path, checksum: str | None = None
) -> None:
    """Copy a stream to a file, whole or not at all.

    Parameters
    ----------
    stream : binary file
    path : Path
    checksum : str, optional
        ``md5:…`` or ``sha256:…`` of the contents.

    Raises
    ------
    ValueError
        If the contents have another checksum; no file is left.
    """
    with whole_file(path) as temporary:
        with temporary.open("wb") as file:
            shutil.copyfileobj(stream, file, 1 << 20)
        if checksum is not None and not matches(temporary, checksum):
            raise ValueError(
                f"{path.name} does not have the checksum {checksum}: its archive "
                "holds another version; use another mirror or source"
            )


def gunzip(archive: Path, path: Path, checksum: str | None = None) -> None:
    """Unpack a ``.gz`` file.

    Parameters
    ----------
    archive, path : Path
        What to unpack, and the file to write.
    checksum : str, optional
        Of the unpacked file.

    Raises
    ------
    ValueError
        If the archive is damaged or holds something else.
    """
    try:
        with gzip.open(archive) as stream:
            store(stream, path, checksum)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{archive} is not a whole gzip file ({error})") from error


def unpack_tar(
    archive: Path, inside: str, checksums: Mapping[str, str], folder: Path
) -> None:
    """Take named files out of a gzipped tar archive and ignore all others.

    Only contents are read, to paths that are ours: nothing in the archive decides
    where something is written.

    Parameters
    ----------
    archive : Path
    inside : str
        The folder inside the archive, with a slash at its end.
    checksums : mapping of str to str
        Names of the files wanted, and their checksums.
    folder : Path
        Where they are written.

    Raises
    ------
    ValueError
        If the archive is damaged, or a file is missing, a link, or another one.
    """
    wanted = {f"{inside}{name}": name for name in checksums}
    try:
        with tarfile.open(archive, "r|gz") as tar:
            for member in tar:
                name = wanted.pop(member.name, None)
                if name is None:
                    continue
                contents = tar.extractfile(member) if member.isreg() else None
                if contents is None:
                    raise ValueError(f"{member.name} in {archive} is not a plain file")
                store(contents, folder / name, checksums[name])
    except (gzip.BadGzipFile, EOFError, zlib.error, tarfile.TarError) as error:
        raise ValueError(f"{archive} is not a whole tar.gz file ({error})") from error
    if wanted:
        raise ValueError(f"{archive} lacks {', '.join(wanted)}")


def pack_recordings(recordings: Path, path: Path) -> None:
    """Put a folder of event recordings into a zip archive.

    Sorted, not compressed and without times, so that equal recordings give equal
    bytes.

    Parameters
    ----------
    recordings : Path
        ``…/Train`` or ``…/Test``, which holds ``<label>/<id, five digits>.bin``.
    path : Path
        The archive, which holds ``Train/<label>/<id>.bin``.

    Raises
    ------
    ValueError
        If there are no recordings, or one is named otherwise.
    """
    files = sorted(recordings.glob("*/*.bin"))
    if not files:
        raise ValueError(f"{recordings} holds no <label>/<id>.bin; copy them there")
    with (
        whole_file(path) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive,
    ):
        for file in files:
            name = file.relative_to(recordings.parent).as_posix()
            if not re.fullmatch(r"(Train|Test)/[0-9]/[0-9]{5}\.bin", name):
                raise ValueError(f"{file} is not named <label>/<id, five digits>.bin")
            archive.writestr(zipfile.ZipInfo(name), file.read_bytes())
