"""Jobs in processes of their own, pinned to processors and stopped in time."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.workloads import ROOT
from spikemeter.files import read_json

Result = dict[str, Any]
MOST_CHARACTERS = 200  # of an error


def processors() -> list[int]:
    """Return the processors that this process may use."""
    return sorted(os.sched_getaffinity(0))


def run(target: str, spec: Result, cores: Sequence[int], limit_s: float) -> Result:
    """Call a function in a process of its own.

    Parameters
    ----------
    target : str
        Module of this package and function, ``module:function``.
    spec : dict
        The arguments, ready for JSON.
    cores : sequence of int
        The processors it may use: one thread for each.
    limit_s : float
        The process is stopped after this long.

    Returns
    -------
    dict
        What the function returned, or ``error`` with one line.
    """
    with tempfile.TemporaryDirectory() as folder:
        answer, log = Path(folder, "answer.json"), Path(folder, "log")
        command = [sys.executable, "-W", "ignore", "-m", "benchmarks.job"]
        arguments = [target, json.dumps(spec), json.dumps(list(cores)), str(answer)]
        with log.open("w") as output:
            process = subprocess.Popen(
                command + arguments,
                env=environment(len(cores)),
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
            last = lines[-1] if lines else f"exit status {process.returncode}"
            return {"error": last[:MOST_CHARACTERS]}
        return read_json(answer)


def environment(threads: int) -> dict[str, str]:
    """Return the variables of the job's process."""
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    paths = os.pathsep.join([str(ROOT / "workflow_scripts"), str(ROOT)])
    return {
        **os.environ,
        **dict.fromkeys(names, str(threads)),
        "PYTHONPATH": paths,
        # JAX would take most of a GPU's memory from the others.
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
    }


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the job and the processes that it has started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
