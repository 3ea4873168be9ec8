"""A user's own files: read with care, and named where they cannot be used.

Import-light, so that Snakemake can read it while planning.
"""

from pathlib import Path

# How a small text begins that stands in a repository for a large file.
LFS_POINTER = b"version https://git-lfs"
IS_LFS_POINTER = "a Git LFS pointer, not the file itself: run git lfs pull there"


def refuse_file(path: Path, found: str) -> ValueError:
    """Return the error about a user's file, to be raised."""
    return ValueError(
        f"{path} cannot be used ({found}): replace it, then run the same command again"
    )


def read_start(path: Path, n_bytes: int) -> bytes:
    """Return the first bytes of a user's file, all of it if it is shorter.

    Raises
    ------
    ValueError
        If it is no file, a pointer of Git LFS, or cannot be read.
    """
    if not path.is_file():  # reading a pipe or a device might never end
        raise ValueError(f"{path} is no file: copy the file itself there")
    try:
        with path.open("rb") as file:
            contents = file.read(n_bytes)
    except OSError as error:
        raise refuse_file(path, error.strerror or str(error)) from error
    if contents.startswith(LFS_POINTER):
        raise refuse_file(path, IS_LFS_POINTER)
    return contents
