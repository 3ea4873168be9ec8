"""The most memory that a piece of work takes."""

import ctypes
import gc
from pathlib import Path

import torch

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
CLEAR_PEAK = "5"


class PeakMemory:
    """Resident memory of this process above the level at which it was made.

    The kernel's own high-water mark is used: nothing is sampled. On a GPU it is what
    PyTorch's allocator handed out.

    Parameters
    ----------
    device : torch.device
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device
        _give_back()
        self.level_bytes = self._read("VmRSS:")

    def restart(self) -> None:
        """Forget the peak so far."""
        _give_back()
        if self.device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self.device)
        else:
            CLEAR.write_text(CLEAR_PEAK)

    def peak_bytes(self) -> int | None:
        """Return the peak since `restart` above the level at the beginning.

        None on a GPU if PyTorch's allocator was not used.
        """
        peak_bytes = self._read("VmHWM:") - self.level_bytes
        return peak_bytes if peak_bytes > 0 else None

    def _read(self, name: str) -> int:
        if self.device.type == "cuda":
            if name == "VmRSS:":
                return torch.cuda.memory_allocated(self.device)
            return torch.cuda.max_memory_allocated(self.device)
        for line in STATUS.read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) * 1024
        raise RuntimeError(f"{STATUS} has no {name}; run on Linux")


def _give_back() -> None:
    """Return freed memory to the system, which would hide growth."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
