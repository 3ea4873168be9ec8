"""Software, job and date of a result."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import torch

from spikemeter.version import __version__

PACKAGES = ("torch", "snntorch", "numpy", "numba", "snakemake", "nvidia-ml-py")


def read_versions() -> dict[str, Any]:
    """Return the versions of the software that a result depends on."""
    versions = {"spikemeter": __version__, "python": platform.python_version()}
    versions |= {name: version(name) for name in PACKAGES}
    if torch.cuda.is_available():
        versions |= {
            "CUDA": str(torch.version.cuda),
            "cuDNN": str(torch.backends.cudnn.version()),
        }
    return {"versions": versions}


def read_job() -> dict[str, Any]:
    """Return the cluster job of this process; None if there is none."""
    job_id = os.environ.get("SLURM_JOB_ID")
    job = job_id and {
        "scheduler": "slurm",
        "job_id": job_id,
        "node": os.environ.get("SLURMD_NODENAME", platform.node()),
        "gpus": os.environ.get("SLURM_STEP_GPUS", os.environ.get("SLURM_JOB_GPUS")),
    }
    return {"job": job or None}


def format_now() -> str:
    """Return the present time in ISO 8601, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
