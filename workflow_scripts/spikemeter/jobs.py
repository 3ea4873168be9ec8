"""What every rule script does around its work: the log, and one line on failure."""

import contextlib
import faulthandler
import logging
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO


@contextlib.contextmanager
def logged(job: Any) -> Iterator[TextIO]:
    """Send all output of a rule script to its log; yield the terminal for a bar.

    Prints, warnings, child processes and crash traces go to the log. A failure
    puts its traceback there and one line on the terminal.

    Parameters
    ----------
    job : snakemake.script.Snakemake
        The object that Snakemake hands to scripts.

    Yields
    ------
    text file
        The stream that was standard error.
    """
    path = Path(job.log[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    terminal = os.fdopen(os.dup(2), "w", buffering=1)
    log = path.open("w", buffering=1, encoding="utf-8")
    os.dup2(log.fileno(), 1)
    os.dup2(log.fileno(), 2)
    faulthandler.enable(log)
    logging.basicConfig(
        stream=log, level=logging.INFO, format="%(asctime)s %(message)s", force=True
    )
    try:
        yield terminal
    except Exception as error:  # noqa: BLE001 - reported, then the job ends
        traceback.print_exc(file=log)
        log.flush()
        terminal.write(f"{job.rule}: {error}  (details: {path})\n")
        raise SystemExit(1) from None
