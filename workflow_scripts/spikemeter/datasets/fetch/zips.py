"""Zip files opened so that a lying one costs neither memory nor the disk."""

import io
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

# N-MNIST's 60,000 entries take 5 MB; in memory, an entry takes ten times as much.
LONGEST_READ_BYTES = 1 << 24
METHODS = {zipfile.ZIP_BZIP2: "bzip2", zipfile.ZIP_LZMA: "LZMA"}


class _Reader(io.BufferedReader):
    """Refuses the long read that only an absurd table of contents asks for."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > LONGEST_READ_BYTES:
            raise zipfile.BadZipFile(f"its table of contents has {size} bytes")
        return super().read(size)


@contextmanager
def open_zip(
    path: str | os.PathLike[str], limit_bytes: int
) -> Iterator[zipfile.ZipFile]:
    """Open a zip file to read it, entry by entry, at most 16 MiB at once.

    An entry may unpack to more than it says: read it with a bound.

    Raises
    ------
    zipfile.BadZipFile
        If it is none, its table of contents is absurdly long, its entries say that
        they unpack to more than ``limit_bytes`` together, or one lies outside, is
        encrypted, or is packed by a method whose output cannot be bounded (any but
        deflate).
    """
    with _Reader(io.FileIO(path)) as file, zipfile.ZipFile(file) as archive:
        for entry in archive.infolist():
            if entry.flag_bits & 1:
                raise zipfile.BadZipFile(f"{entry.filename!r} is encrypted")
            if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
                method = METHODS.get(entry.compress_type, str(entry.compress_type))
                raise zipfile.BadZipFile(
                    f"{entry.filename!r} is compressed by method {method} but must be "
                    "stored or deflated, as by zip -r"
                )
            if entry.header_offset < 0:
                raise zipfile.BadZipFile(f"{entry.filename!r} lies before the file")
        total_bytes = sum(entry.file_size for entry in archive.infolist())
        if total_bytes > limit_bytes:
            raise zipfile.BadZipFile(
                f"it unpacks to {total_bytes} bytes, but {limit_bytes} are the most "
                "allowed"
            )
        yield archive
