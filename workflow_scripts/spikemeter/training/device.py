"""The device of a job, set up to give the same numbers for the same seed."""

import logging
import os

import torch
from torch.utils import deterministic

from spikemeter.metering.control_groups import read_cpu_quota
from spikemeter.metering.nvml import read_driver

log = logging.getLogger(__name__)


def prepare_device(name: str, cpu_threads: int | None) -> torch.device:
    """Choose the device and make its arithmetic float32 and repeatable.

    TF32 is off, because its rounding changes spikes. ``auto`` is CUDA if torch finds a
    device, else the CPU, with a warning if there is a GPU that torch does not find.
    Without a number of threads, all usable CPUs work; of a CPU quota, the whole CPUs.
    """
    if name == "cuda" and not torch.cuda.is_available():
        raise RuntimeError(
            "device is cuda but torch finds no CUDA device; check nvidia-smi, or set "
            "device: auto or cpu in config.yaml"
        )
    torch.set_num_threads(cpu_threads or count_cpus())
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = False
    # cuBLAS repeats its sums in the same order only with a fixed work space.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True, warn_only=True)
    # Filling memory that is overwritten anyway would be metered too.
    deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    if name != "cpu" and torch.cuda.is_available():
        return torch.device("cuda", torch.cuda.current_device())
    if name == "auto":
        _warn_of_unused_gpu()
    return torch.device("cpu")


def count_cpus() -> int:
    """Return how many CPUs can work at once, at least 1.

    Those that this process may run on; with a CPU quota only so many that it does not
    hold them back.
    """
    usable = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else ()
    cpus = len(usable) or os.cpu_count() or 1
    return max(1, min(cpus, int(read_cpu_quota() or cpus)))


def _warn_of_unused_gpu() -> None:
    """Warn if there is a GPU but torch finds none: its driver may be too old."""
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES") in {"", "-1"}
    driver = None if hidden else read_driver()
    if driver is None:
        return
    built = f"CUDA {torch.version.cuda}" if torch.version.cuda else "the CPU only"
    log.warning(
        "computing on the CPU: there is a GPU (driver %s), but torch %s, built for %s, "
        "finds no CUDA device; update the driver, or set device: cpu in config.yaml",
        *(driver, torch.__version__, built),
    )
