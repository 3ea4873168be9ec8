"""Locks: one process at a time writes to a folder, or is metered on a device."""

import fcntl
import logging
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

from filelock import FileLock, Timeout

from spikemeter.files import explain_write_errors

log = logging.getLogger(__name__)

T = TypeVar("T")

# A holder that has just removed the file keeps the lock for some microseconds.
PATIENCE_S = 0.5
# Between two looks at devices that others use.
POLL_S = 0.5


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


@contextmanager
def hold_device(boards: Sequence[str] = ()) -> Iterator[str | None]:
    """Keep all other metered jobs of this machine off a device during the block.

    Jobs on GPUs work next to each other, each on a board of its own; a job on the CPU
    works alone. It waits as long as it has to, and the log says so. The locks are files
    in the folder for temporary files (``TMPDIR``), whose jobs find each other, of other
    studies and users too. The system frees them when their process ends. Where there
    can be no such file, the log says so, and the block runs.

    Parameters
    ----------
    boards : sequence of str
        Names of the boards that this job may use; none, if it uses the CPU.

    Yields
    ------
    str or None
        The first of them that nobody else used; None for the CPU.
    """
    with ExitStack() as stack:

        def open_file(device: str) -> int:
            file = _open_lock(Path(tempfile.gettempdir(), f"spikemeter-{device}.lock"))
            stack.callback(os.close, file)
            return file

        try:
            machine = open_file("machine")
            files = {board: open_file(board) for board in boards}
        except OSError as error:
            log.warning("the device cannot be locked here (%s)", error.strerror)
            yield next(iter(boards), None)
            return
        mode = fcntl.LOCK_SH if boards else fcntl.LOCK_EX
        _wait_until(lambda: _lock(machine, mode), "the CPU")

        def find_board() -> str | None:
            free = (board for board in boards if _lock(files[board], fcntl.LOCK_EX))
            return next(free, None)

        yield _wait_until(find_board, "a GPU") if boards else None


def _open_lock(path: Path) -> int:
    """Open a file that another user may have made, or make it."""
    flags = os.O_RDONLY | os.O_NOFOLLOW
    try:
        return os.open(path, flags)
    except FileNotFoundError:
        # Linux refuses to "make" what another user has made in a shared folder.
        return os.open(path, flags | os.O_CREAT, 0o644)


def _lock(file: int, mode: int) -> bool:
    """Lock a file until it is closed; False if others have locked it."""
    try:
        fcntl.flock(file, mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        log.warning("the device cannot be locked here (%s)", error.strerror)
    return True


def _wait_until(find: Callable[[], T], device: str) -> T:
    """Return what is found, once something is."""
    found = find()
    if not found:
        log.warning("waiting for %s: another job is metered on this machine", device)
    while not found:
        time.sleep(POLL_S)
        found = find()
    return found
