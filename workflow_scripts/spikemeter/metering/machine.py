"""The machine that a measurement is made on: its source of readings, name and load."""

import platform
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import torch

from spikemeter.metering.control_groups import read_cpu_quota, read_memory_limit_bytes
from spikemeter.metering.host import Host
from spikemeter.metering.nvml import CONDITIONS, Board
from spikemeter.metering.source import Source, UnavailableError

CORE_NUMBERS = ("CPU implementer", "CPU variant", "CPU part", "CPU revision")
BOARD_NAMES = ("proc/device-tree/model", "sys/class/dmi/id/product_name")
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
        board = Board.open(f"GPU-{uuid}", f"MIG-{uuid}")
    except UnavailableError as error:
        return Source(str(error))
    board.in_use = torch.cuda.memory_reserved(device) > 0
    return board


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
        "cpu_quota": read_cpu_quota(),
        "machine_memory_bytes": psutil.virtual_memory().total,
        "memory_limit_bytes": read_memory_limit_bytes(),
        "platform": platform.platform(),
    }


def find_cpu_name(root: Path = Path("/")) -> str:
    """Return what tells the CPU from others: its model, or else all that is known.

    Linux names no model of an ARM processor, but numbers of its cores; they stand next
    to the name of the machine's board. The host's name tells apart what is left.
    """
    found: dict[str, dict[str, None]] = {}
    for line in _read(root / "proc/cpuinfo").splitlines():
        key, _, value = line.partition(":")
        found.setdefault(key.strip(), {})[value.strip()] = None
    if names := found.get("model name", {}).keys() - {"", "unknown"}:
        return " and ".join(sorted(names))
    # Cores of several kinds (big.LITTLE) have several numbers each.
    numbers = [f"{key} {'+'.join(found[key])}" for key in CORE_NUMBERS if key in found]
    boards = [text for text in (_read(root / name) for name in BOARD_NAMES) if text]
    if not (numbers and boards):
        boards = [*boards, f"host {platform.node()}"]
    kind = platform.processor() or platform.machine()
    return ", ".join([kind, *numbers, *boards])


def _read(path: Path) -> str:
    """Return the text of a file; empty if it cannot be read."""
    with suppress(OSError):
        return path.read_text(encoding="utf-8", errors="replace").strip("\0\n ")
    return ""


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
