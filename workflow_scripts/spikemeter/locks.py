"""A lock on a folder: one process at a time writes to it."""

import logging
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from spikemeter.files import explain_write_errors

log = logging.getLogger(__name__)

# A holder that has just removed the file keeps the lock for some microseconds.
PATIENCE_S = 0.5


@contextmanager
def exclusive_lock(folder: Path) -> Iterator[None]:
    """Keep other processes out of a folder during the block.

    A job that outlives a killed Snakemake would otherwise write to the same files as
    the job that replaces it. The system frees the lock when its process ends, however
    it ends. On a file system without locks the log says so, and the block runs.

    The folder is made, and holds the file ``.lock`` during the block. A RuntimeError
    names the process that is at work there, if there is one.
    """
    path = folder / ".lock"
    with explain_write_errors(path):
        folder.mkdir(parents=True, exist_ok=True)
        path.touch()
    lock = FileLock(path, PATIENCE_S, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout as error:
        holder = path.read_text(encoding="utf-8") or "another process"
        raise RuntimeError(
            f"{folder} is in use by {holder}: wait until it has ended, or stop it, "
            "then run the same command again"
        ) from error
    except OSError as error:
        log.warning("%s cannot be locked here (%s)", folder, error.strerror)
    path.write_text(f"process {os.getpid()} on {platform.node()}", encoding="utf-8")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        lock.release()
