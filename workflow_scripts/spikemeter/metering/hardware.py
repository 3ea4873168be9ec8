"""The machine that a measurement was made on."""

import platform
from pathlib import Path
from typing import Any

import torch

from spikemeter.metering.memory_use import read_machine_bytes
from spikemeter.metering.source import Source

# The keys of `spikemeter.metering.nvml.Board.conditions`; None on other sources.
BOARD_CONDITIONS = (
    "board",
    "uuid",
    "architecture",
    "driver",
    "nvml",
    "power_limit_w",
    "default_power_limit_w",
    "persistence",
    "mig",
    "power_field",
    "other_compute_processes",
    "board_used_bytes_at_start",
)


def describe_machine(device: torch.device, source: Source) -> dict[str, Any]:
    """Return what does not change while a run is metered."""
    nothing: dict[str, Any] = dict.fromkeys(BOARD_CONDITIONS)
    return {
        "device": device.type,
        "energy_scope": source.scope,
        **nothing,
        **source.conditions(),
        "cpu": find_cpu_name(),
        "cpu_threads": torch.get_num_threads(),
        "machine_memory_bytes": read_machine_bytes(),
        "platform": platform.platform(),
    }


def find_cpu_name(cpuinfo: Path = Path("/proc/cpuinfo")) -> str | None:
    """Return the model name of the CPU; None if the system has none."""
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or None
