"""Snakemake's command line in a forked process that has imported it already.

A plan takes half a second like this and three as a new process. Nothing here may
import spikemeter: the workflow under test brings its own.
"""

import json
import multiprocessing
import os
import sys
from dataclasses import dataclass
from pathlib import Path

PLUGIN = Path(__file__).parent / "plugin"
_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["snakemake.cli", "snakemake.workflow"])


@dataclass(frozen=True)
class Outcome:
    """What a call of Snakemake has come to.

    Attributes
    ----------
    code : int
        Its exit status.
    text : str
        What it and its jobs wrote to the terminal.
    described : list of dict
        What the logger plugin `jobs` tells of each job, planned or started.
    """

    code: int | None
    text: str
    described: list[dict]

    @property
    def jobs(self) -> list[str]:
        """The jobs as ``rule`` or ``rule[wildcard, …]``, sorted."""
        return sorted(map(_named, self.described))


def snakemake(folder: Path, *arguments: str) -> Outcome:
    """Call Snakemake in a folder."""
    output, jobs = folder / "terminal.txt", folder / "jobs.jsonl"
    jobs.write_text("")
    process = _FORKING.Process(target=_call, args=(folder, arguments, output, jobs))
    process.start()
    process.join()
    described = [json.loads(line) for line in jobs.read_text().splitlines()]
    return Outcome(process.exitcode, output.read_text(), described)


def _call(folder: Path, arguments: tuple[str, ...], output: Path, jobs: Path) -> None:
    from snakemake.cli import main  # noqa: PLC0415 - imported by the fork server

    os.chdir(folder)
    os.environ["JOBS_FILE"] = str(jobs)
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(file, 1)
    os.dup2(file, 2)
    sys.path[:] = [str(PLUGIN), *(p for p in sys.path if "workflow_scripts" not in p)]
    sys.argv = ["snakemake", "--logger", "jobs", "--cores", "2", *arguments]
    main()


def _named(job: dict) -> str:
    wildcards = ", ".join(job["wildcards"].values())
    return f"{job['rule']}[{wildcards}]" if wildcards else job["rule"]
