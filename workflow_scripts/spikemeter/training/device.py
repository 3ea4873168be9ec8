"""The device of a job, set up to give the same numbers for the same seed."""

import ctypes
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch
from torch.utils import deterministic

from spikemeter.locks import hold_device
from spikemeter.metering.control_groups import read_cpu_quota
from spikemeter.metering.nvml import read_driver

log = logging.getLogger(__name__)


# In CUDA's order, which is not NVML's, and without a context. A process of its own,
# because CUDA reads CUDA_VISIBLE_DEVICES once, when it starts.
LIST_BOARDS = """
from ctypes import CDLL, byref, c_int, c_ubyte
from uuid import UUID
cuda, count, device, uuid = CDLL("libcuda.so.1"), c_int(), c_int(), (c_ubyte * 16)()
assert cuda.cuInit(0) == cuda.cuDeviceGetCount(byref(count)) == 0
for number in range(count.value):
    assert cuda.cuDeviceGet(byref(device), number) == 0
    assert cuda.cuDeviceGetUuid_v2(uuid, device) == 0
    print(f"GPU-{UUID(bytes=bytes(uuid))}")
"""


@contextmanager
def own_device(name: str, cpu_threads: int | None) -> Iterator[torch.device]:
    """Yield the device of :func:`prepare_device`, held for this metered job alone.

    Of several GPUs the first that no other metered job uses; the process then sees no
    other. It must not have used CUDA before.
    """
    boards = [] if name == "cpu" else list_boards()
    with ExitStack() as stack:
        board = stack.enter_context(hold_device(boards))
        if board and len(boards) > 1:
            os.environ |= {"CUDA_VISIBLE_DEVICES": board}
        device = prepare_device(name, cpu_threads)
        if boards and device.type == "cpu":  # torch finds none of them
            stack.close()
            stack.enter_context(hold_device())
        yield device


def list_boards() -> list[str]:
    """Return the UUIDs of the GPUs that this process may use, CUDA's first one first.

    None if there is no driver, or it does not start.
    """
    try:
        ctypes.CDLL("libcuda.so.1")
    except OSError:
        return []
    command = [sys.executable, "-c", LIST_BOARDS]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return found.stdout.split() if found.returncode == 0 else []


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
