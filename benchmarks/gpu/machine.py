"""Checks 1 and 11: what the machine has, and whether it can be metered."""

import platform
import time
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from typing import Any

import torch

from benchmarks.gpu.inputs import Place, require
from spikemeter.metering.machine import open_source
from spikemeter.metering.meter import Meter
from spikemeter.triton_support import explain_missing_triton

PACKAGES = ("torch", "triton", "numpy", "snntorch", "spikingjelly", "cupy-cuda13x")
OLDEST = (2, 11)
MOST_DISAGREEMENT_PCT = 5.0
FEWEST_SAMPLES_PER_S = 9.0
LONGEST_GAP_S = 0.3


def check_environment(place: Place) -> dict[str, Any]:
    """Check that kernels compile and that NVML opens the device's board."""
    found = {name: read_version(name) for name in PACKAGES}
    found |= {"python": platform.python_version(), "CUDA": torch.version.cuda}
    found |= {"cuDNN": torch.backends.cudnn.version()}
    release = tuple(map(int, torch.__version__.split(".")[:2]))
    require(release >= OLDEST, f"torch {torch.__version__} is older than 2.11")
    missing = explain_missing_triton()
    require(missing is None, str(missing))
    source = open_source(place.device)
    require(source.lost is None, str(source.lost))
    found |= source.conditions()
    source.close()
    if place.device.type == "cuda":
        properties = torch.cuda.get_device_properties(place.device)
        found["capability"] = f"{properties.major}.{properties.minor}"
        found["memory_bytes"] = properties.total_memory
    return found


def read_version(package: str) -> str | None:
    """Return the version of a package, None if it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def check_meter(place: Place) -> dict[str, Any]:
    """Meter an idle and a busy device: the counter against the samples."""
    seconds = place.choose(4, 1)
    matrix = torch.ones(place.choose(4096, 64), place.choose(4096, 64))
    matrix = matrix.to(place.device)
    (matrix @ matrix).sum().item()
    with Meter(place.device) as meter:
        meter.baseline(seconds)
        with meter.phase("busy") as busy:
            end_s = time.monotonic() + seconds
            while time.monotonic() < end_s:
                (matrix @ matrix).sum().item()
        conditions = meter.conditions()
        times_s = [row[0] for row in meter.samples() if row[1] == "busy"]
    reading = busy.reading
    gaps_s = [after - before for before, after in pairwise(times_s)]
    found = {"busy": reading.as_row(), "conditions": conditions, "gap_s": max(gaps_s)}
    require(max(gaps_s) <= LONGEST_GAP_S, f"no sample for {max(gaps_s):.2f} s")
    rate = len(times_s) / reading.seconds
    require(rate >= FEWEST_SAMPLES_PER_S, f"only {rate:.1f} samples a second")
    if place.device.type == "cuda":
        reason = "; ".join(f"{name}: {why}" for name, why in reading.missing.items())
        require(reading.energy_counter_j is not None, reason)
        require(reading.energy_sampled_j is not None, reason)
        off = abs(reading.energy_disagreement_pct or 0.0)
        require(off <= MOST_DISAGREEMENT_PCT, f"samples are off by {off:.1f} %")
        require(reading.process_bytes, reason)
        others = conditions["other_compute_processes"]
        require(others == 0, f"other processes on the GPU: {others}")
    return found
