"""Run something in a process that may take only so much, and tell how it ended."""

import ctypes
import faulthandler
import gc
import multiprocessing
import resource
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

MEMORY_BYTES = 128 << 20
FILE_BYTES = 64 << 20
_FORKING = multiprocessing.get_context("fork")


def outcome(function: Callable[..., Any], *args: Any) -> str:
    """Return 'done', the exception as ``Type: words``, or 'killed by signal n'.

    The process may take 128 MiB of memory beyond what it has, and write files of up to
    64 MiB.
    """
    here, there = _FORKING.Pipe(duplex=False)
    process = _FORKING.Process(target=_bounded, args=(there, function, args))
    process.start()
    there.close()
    try:
        return here.recv()
    except EOFError:
        process.join()
        return f"killed by signal {-(process.exitcode or 0)}"
    finally:
        process.join()


def _bounded(pipe: Connection, function: Callable[..., Any], args: Any) -> None:
    ctypes.CDLL(None).malloc_trim(0)  # else it may take what earlier tests have freed
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    faulthandler.disable()  # a crash is told by the signal
    gc.disable()  # it looks at each of a million objects again and again
    try:
        function(*args)
    except Exception as error:  # noqa: BLE001 - that is what is to be told
        pipe.send(f"{type(error).__name__}: {error}")
    else:
        pipe.send("done")
