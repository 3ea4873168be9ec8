"""What is injected into a script of the workflow; see inject/sitecustomize.py."""

import errno
import json
import os
from pathlib import Path
from typing import Any

INJECT = Path(__file__).parent / "inject"

Cause = dict[str, Any]

# Where a script begins and ends, writes a file, and passes over the samples.
JOB = "spikemeter.study.jobs:log_job"
FILE = "spikemeter.files:write_whole"
PASS = "spikemeter.training.loop:run_pass"
CHECKPOINT = "spikemeter.training.checkpoint:Checkpoint.save"


def environment(*causes: Cause) -> dict[str, str]:
    """Return the variables that let the workflow's scripts meet the causes."""
    return {"PYTHONPATH": str(INJECT), "FAULTS": json.dumps(causes)}


def at(script: str, where: str, **more: Any) -> Cause:
    """Return where in a script something is to happen; a kill, if not said what."""
    usual = {"do": "kill", "when": "before", "match": "", "call": 1}
    return {"script": script, "at": where, **usual, **more}


def hold(script: str, where: str, folder: Path, **more: Any) -> Cause:
    """Let a script wait there until the file ``go`` is in a folder."""
    files = {"reached": str(folder / "reached"), "go": str(folder / "go")}
    return at(script, where, **more, do="hold", **files)


def raises(script: str, where: str, error: str, *arguments: Any, **more: Any) -> Cause:
    """Let a function of a script fail."""
    return at(script, where, **more, do="fail", error=error, arguments=arguments)


def full_disk(script: str, **more: Any) -> Cause:
    """Let the disk be full once a script has written a file."""
    number = errno.ENOSPC
    error = ("builtins:OSError", number, os.strerror(number))
    return raises(script, FILE, *error, when="inside", **more)
