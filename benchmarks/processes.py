"""Jobs in processes of their own, pinned to processors and stopped in time."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.workloads import ROOT

Result = dict[str, Any]


def processors() -> list[int]:
    """Return the processors that this process may use."""
    return sorted(os.sched_getaffinity(0))


def run(job: str, spec: Result, cores: list[int], limit_s: float) -> Result:
    """Run a function of :mod:`benchmarks.jobs` in a process of its own.

    Parameters
    ----------
    job : str
        Name of the function.
    spec : dict
        What it takes, ready for JSON.
    cores : list of int
        The processors it may use: one thread for each.
    limit_s : float

    Returns
    -------
    dict
        What the function returned, or ``error`` with one line.
    """
    threads = str(len(cores))
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    paths = os.pathsep.join([str(ROOT / "workflow_scripts"), str(ROOT)])
    environment = os.environ | dict.fromkeys(names, threads) | {"PYTHONPATH": paths}
    with tempfile.TemporaryDirectory() as folder:
        answer, log = Path(folder, "answer.json"), Path(folder, "log")
        command = [sys.executable, "-W", "ignore", "-m", "benchmarks.jobs"]
        arguments = [job, json.dumps(spec), json.dumps(cores), str(answer)]
        with log.open("w") as output:
            process = subprocess.Popen(
                command + arguments,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                process.wait(limit_s)
            except subprocess.TimeoutExpired:
                return {"error": f"not finished within {limit_s:.0f} s"}
            finally:
                _stop(process)
        if not answer.exists():
            lines = log.read_text(errors="replace").strip().splitlines()
            last = lines[-1][:200] if lines else f"exit status {process.returncode}"
            return {"error": last}
        result: Result = json.loads(answer.read_text())
        return result


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the job and the processes that it has started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
