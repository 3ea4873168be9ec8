"""What every rule script does: log its output, and print one line if it fails."""

import contextlib
import faulthandler
import logging
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TextIO

from tqdm import tqdm


@contextlib.contextmanager
def log_job(job: Any) -> Iterator[TextIO]:
    """Send all output of a rule script to its log; yield the terminal for a bar.

    ``job`` is the object that Snakemake hands to scripts. Prints, warnings, child
    processes and crash traces go to its log. A failure puts its traceback there and
    one line on the terminal, where the warnings of spikemeter itself appear too.
    """
    path = Path(job.log[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    # Whatever the locale, what cannot be written is escaped: a line must not vanish.
    terminal = os.fdopen(os.dup(2), "w", buffering=1, errors="backslashreplace")
    log = path.open("w", buffering=1, encoding="utf-8")
    os.dup2(log.fileno(), 1)
    os.dup2(log.fileno(), 2)
    faulthandler.enable(log)
    logging.basicConfig(
        stream=log, level=logging.INFO, format="%(asctime)s %(message)s", force=True
    )
    own = logging.StreamHandler(terminal)
    own.setLevel(logging.WARNING)
    own.addFilter(logging.Filter("spikemeter"))
    own.setFormatter(logging.Formatter(f"{job.rule}: %(message)s"))
    logging.getLogger().addHandler(own)
    try:
        yield terminal
    except Exception as error:  # noqa: BLE001 - reported, then the job ends
        with contextlib.suppress(OSError):  # there may be no room for the log either
            traceback.print_exc(file=log)
            log.flush()
        found = str(error) or type(error).__name__
        terminal.write(f"{job.rule}: {found}  (details: {path})\n")
        raise SystemExit(1) from None


def make_progress_bar(terminal: TextIO) -> Callable[[str, int], AbstractContextManager]:
    """Return a function that makes progress bars, shown only on a terminal."""

    @contextlib.contextmanager
    def bar(title: str, total: int) -> Iterator[Callable[[int], object]]:
        with _open_bar(terminal, title, total=total, unit=" samples") as shown:
            yield shown.update

    return bar


@contextlib.contextmanager
def show_bytes(
    terminal: TextIO, title: str
) -> Iterator[Callable[[int, int | None], None]]:
    """Show the progress of a download: a bar on a terminal, a log line every 10 %.

    The yielded function takes the bytes that have arrived and the total, None if
    unknown.
    """
    with _open_bar(terminal, title, unit="B", unit_scale=True) as shown:
        tenths = -1

        def progress(arrived_bytes: int, total_bytes: int | None) -> None:
            nonlocal tenths
            shown.total = total_bytes
            shown.update(arrived_bytes - shown.n)
            now = 10 * arrived_bytes // total_bytes if total_bytes else tenths
            if now != tenths:
                logging.info("%s: %d of %s bytes", title, arrived_bytes, total_bytes)
                tenths = now

        yield progress


def _open_bar(terminal: TextIO, title: str, **more: Any) -> tqdm:
    hidden = not terminal.isatty()
    return tqdm(desc=title, file=terminal, disable=hidden, leave=False, **more)
