"""Snakemake's command line in a forked process that has imported it already.

A plan takes half a second like this and three as a new process. Nothing here may
import spikemeter: the workflow under test brings its own.
"""

import contextlib
import json
import multiprocessing
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

PLUGIN = Path(__file__).parent / "plugin"
_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["snakemake.cli", "snakemake.workflow"])


@dataclass(frozen=True)
class Outcome:
    """What a call of Snakemake has come to: its exit status, and what was written.

    ``described`` is what the logger plugin `jobs` tells of each planned or started job.
    """

    code: int | None
    text: str
    described: list[dict]

    @property
    def jobs(self) -> list[str]:
        """The jobs as ``rule`` or ``rule[wildcard, …]``, sorted."""
        return sorted(job["name"] for job in self.described)


class Call:
    """Snakemake at work in a folder, the leader of a process group.

    The ``environment`` comes on top of that of this process; ``first`` is called in the
    new process before Snakemake.
    """

    def __init__(
        self,
        folder: Path,
        arguments: tuple[str, ...],
        environment: Mapping[str, str] | None = None,
        first: Callable[[], None] | None = None,
    ) -> None:
        self._told = Path(tempfile.mkdtemp(dir=folder, prefix="call-"))
        self._process = _FORKING.Process(
            target=_call,
            args=(folder, arguments, self._told, dict(environment or {}), first),
        )
        self._process.start()
        self.pid = self._process.pid

    def text(self) -> str:
        """Return what it has written so far."""
        return (self._told / "terminal.txt").read_text()

    def wait(self) -> Outcome:
        """Return what it has come to once it has ended."""
        self._process.join()
        jobs = (self._told / "jobs.jsonl").read_text().splitlines()
        return Outcome(self._process.exitcode, self.text(), list(map(json.loads, jobs)))


def wait_for(
    happened: Callable[[], object], patience_s: float = 60.0, poll_s: float = 0.05
) -> None:
    """Wait until something has happened; a TimeoutError after ``patience_s``."""
    end_s = time.monotonic() + patience_s
    while not happened():
        if time.monotonic() > end_s:
            raise TimeoutError(f"not within {patience_s} s: {happened}")
        time.sleep(poll_s)


def has_ended(process: psutil.Process) -> bool:
    """Return whether a process is over, if only as a zombie that nothing reaps."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    return True


def _call(
    folder: Path,
    arguments: tuple[str, ...],
    told: Path,
    environment: dict[str, str],
    first: Callable[[], None] | None,
) -> None:
    from snakemake.cli import main  # noqa: PLC0415 - imported by the fork server

    os.setsid()
    for number in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)  # nohup has them ignored, for one
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(folder)
    jobs, output = told / "jobs.jsonl", told / "terminal.txt"
    jobs.write_text("")
    # Devices are locked there: studies of other tests work at the same time.
    os.environ |= {"JOBS_FILE": str(jobs), "TMPDIR": str(told), **environment}
    tempfile.tempdir = None
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(file, 1)
    os.dup2(file, 2)
    sys.path[:] = [str(PLUGIN), *(p for p in sys.path if "workflow_scripts" not in p)]
    sys.argv = ["snakemake", "--logger", "jobs", "--cores", "2", *arguments]
    if first is not None:
        first()
    main()
