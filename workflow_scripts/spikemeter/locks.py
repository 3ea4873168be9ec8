"""A folder that one process at a time writes to."""

import fcntl
import logging
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from spikemeter.files import explain_write_errors

log = logging.getLogger(__name__)


@contextmanager
def exclusive_lock(folder: Path) -> Iterator[None]:
    """Let no other process work in a folder during the block.

    A job that outlived a killed Snakemake would otherwise write beside the one that
    replaces it. The system frees the lock when its process ends, however it ends.
    On a file system without locks the log says so, and the block runs.

    Parameters
    ----------
    folder : Path
        Is made; holds the file ``.lock`` during the block.

    Raises
    ------
    RuntimeError
        If another process is at work there; the message names it.
    """
    path = folder / ".lock"
    with explain_write_errors(path):
        folder.mkdir(parents=True, exist_ok=True)
        path.touch()
    while True:
        with path.open("a+", encoding="utf-8") as file:
            _lock(file, folder)
            if not path.exists() or not os.path.samestat(
                path.stat(), os.fstat(file.fileno())
            ):
                continue  # its last holder has just removed it
            file.truncate(0)
            file.write(f"process {os.getpid()} on {platform.node()}")
            file.flush()
            try:
                yield
            finally:
                path.unlink(missing_ok=True)
            return


def _lock(file: IO[str], folder: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        raise RuntimeError(
            f"{folder} is in use by {file.read() or 'another process'}: wait until it "
            "has ended, or stop it, then run the same command again"
        ) from error
    except OSError as error:
        log.warning("%s cannot be locked here (%s)", folder, error.strerror)
