"""The machine that a measurement is made on: its source of readings, name and load."""

import platform
import time
from pathlib import Path
from typing import Any

import psutil
import torch

from spikemeter.metering.host import Host
from spikemeter.metering.nvml import CONDITIONS, Board
from spikemeter.metering.source import Source, UnavailableError

BUSY = ("user", "nice", "system", "irq", "softirq", "steal")


def open_source(device: torch.device) -> Source:
    """Return the source of readings for ``device``, the CPU or a CUDA device.

    Raises a ValueError for any other.
    The board is found by its UUID: NVML numbers boards in another order than CUDA.
    Under MIG, CUDA's UUID may be the slice's.
    """
    if device.type == "cpu":
        return Host()
    if device.type != "cuda":
        raise ValueError(f"device is {device} but only cuda and cpu can be metered")
    try:
        uuid = torch.cuda.get_device_properties(device).uuid
        return Board.open(f"GPU-{uuid}", f"MIG-{uuid}")
    except UnavailableError as error:
        return Source(str(error))


def describe_machine(device: torch.device, source: Source) -> dict[str, Any]:
    """Return what does not change while a run is metered."""
    nothing: dict[str, Any] = dict.fromkeys(CONDITIONS)
    return {
        "device": device.type,
        "energy_scope": source.scope,
        **nothing,
        **source.conditions(),
        "cpu": find_cpu_name(),
        "cpu_threads": torch.get_num_threads(),
        "machine_memory_bytes": psutil.virtual_memory().total,
        "platform": platform.platform(),
    }


def find_cpu_name() -> str | None:
    """Return the model name of the CPU; None if the system has none."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or None


def read_others_s() -> float:
    """Return the CPU seconds that all other processes took so far.

    The sum over all CPUs since the machine started, to 0.01 s, including what a
    hypervisor took for other machines. Only differences are meaningful.
    """
    times = psutil.cpu_times()
    busy_s = sum(getattr(times, kind, 0.0) for kind in BUSY)
    return float(busy_s - time.process_time())


def take_cuda_peak(device: torch.device) -> int | None:
    """Return the peak bytes of torch's allocator, and reset it.

    It includes freed blocks that the allocator keeps, but not the CUDA context. Its
    count of tensors is left out: it does not see those of a replayed CUDA graph
    (https://github.com/pytorch/pytorch/issues/94653). None on a CPU.
    """
    if device.type != "cuda":
        return None
    reserved = torch.cuda.max_memory_reserved(device)
    torch.cuda.reset_peak_memory_stats(device)
    return reserved
