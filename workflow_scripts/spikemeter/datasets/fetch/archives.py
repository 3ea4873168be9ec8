"""Unpack the archives in which data sets are published."""

import gzip
import io
import shutil
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from spikemeter.datasets.fetch.download import matches
from spikemeter.files import write_whole

DAMAGED = (gzip.BadGzipFile, EOFError, zlib.error, tarfile.TarError)

Stream = IO[bytes] | gzip.GzipFile


class _Limited(io.RawIOBase):
    """A stream that ends with an error after so many bytes: archives can lie."""

    def __init__(self, stream: Stream, limit_bytes: int, name: Path) -> None:
        super().__init__()
        self._stream, self._limit_bytes, self._name = stream, limit_bytes, name
        self._n_bytes = 0

    def read(self, size: int = -1, /) -> bytes:
        contents = self._stream.read(size)
        self._n_bytes += len(contents)
        if self._n_bytes > self._limit_bytes:
            raise ValueError(
                f"{self._name} would take more than {self._limit_bytes} bytes, twice "
                "what is published: it is something else; use another source"
            )
        return contents


def unpack_file(
    source: Path, path: Path, limit_bytes: int, checksum: str | None = None
) -> None:
    """Copy a file to a path, unpacked if it is a ``.gz``, whole or not at all.

    Raises
    ------
    ValueError
        If the archive is damaged, or the contents are too long or have another
        checksum; no file is left.
    """
    try:
        with gzip.open(source) if source.suffix == ".gz" else source.open("rb") as file:
            _store(_Limited(file, limit_bytes, source), path, checksum)
    except DAMAGED as error:
        raise ValueError(
            f"{source} is not a whole gzip file ({error}): replace it, then run the "
            "same command again"
        ) from error


def _store(limited: _Limited, path: Path, checksum: str | None) -> None:
    with write_whole(path) as temporary:
        with temporary.open("wb") as file:
            shutil.copyfileobj(limited, file, 1 << 20)
        if checksum is not None and not matches(temporary, checksum):
            raise ValueError(
                f"{path.name} does not have the checksum {checksum}: its archive "
                "holds another version; use another mirror or source"
            )


def unpack_tar(
    archive: Path,
    inside: str,
    checksums: Mapping[str, str],
    folder: Path,
    limit_bytes: int,
) -> None:
    """Take files out of a gzipped tar archive and ignore all others.

    Only contents are read, to paths that are ours: nothing in the archive decides
    where something is written.

    Parameters
    ----------
    archive : Path
    inside : str
        The folder inside the archive, with a slash at its end.
    checksums : mapping of str to str
        Of the files wanted, by name.
    folder : Path
    limit_bytes : int
        What none of them must be longer than; the archive holds so much for each.

    Raises
    ------
    ValueError
        If the archive is damaged or too large, or a file is missing, a link, or
        another one.
    """
    wanted = {f"{inside}{name}": name for name in checksums}
    try:
        with (
            gzip.open(archive) as stream,
            tarfile.open(
                fileobj=_Limited(stream, limit_bytes * len(wanted), archive), mode="r|"
            ) as tar,
        ):
            for member in tar:
                name = wanted.pop(member.name, None)
                if name is None:
                    continue
                contents = tar.extractfile(member) if member.isreg() else None
                if contents is None:
                    raise ValueError(f"{member.name} in {archive} is not a plain file")
                path = folder / name
                _store(_Limited(contents, limit_bytes, path), path, checksums[name])
    except DAMAGED as error:
        raise ValueError(f"{archive} is not a whole tar.gz file ({error})") from error
    if wanted:
        raise ValueError(f"{archive} lacks {', '.join(wanted)}")
