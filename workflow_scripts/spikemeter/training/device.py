"""The device of a job, set up to give the same numbers for the same seed."""

import os

import torch
from torch.utils import deterministic


def prepare_device(name: str, cpu_threads: int | None) -> torch.device:
    """Choose the device and make its arithmetic exact and repeatable.

    TF32 is off, because its rounding changes spikes.

    Parameters
    ----------
    name : {"auto", "cpu", "cuda"}
        ``auto`` is CUDA if torch finds a device.
    cpu_threads : int or None
        None for all CPUs that this process may use.

    Raises
    ------
    RuntimeError
        If ``cuda`` is asked for and torch finds no device.
    """
    if name == "cuda" and not torch.cuda.is_available():
        raise RuntimeError(
            "device is cuda but torch finds no CUDA device; check nvidia-smi, or set "
            "device: auto or cpu in config.yaml"
        )
    torch.set_num_threads(cpu_threads or _count_cpus())
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = False
    # cuBLAS repeats its sums in the same order only with a fixed work space.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True, warn_only=True)
    # Filling memory that is overwritten anyway would be metered too.
    deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    cuda = name == "cuda" or (name == "auto" and torch.cuda.is_available())
    return (
        torch.device("cuda", torch.cuda.current_device())
        if cuda
        else torch.device("cpu")
    )


def _count_cpus() -> int:
    """Return how many CPUs this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
