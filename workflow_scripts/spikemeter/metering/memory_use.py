"""Memory of this process, of the machine and of torch's CUDA allocator."""

import psutil
import torch


def read_process_bytes() -> int:
    """Return the resident memory of this process, without its children."""
    return psutil.Process().memory_info().rss


def read_machine_bytes() -> int:
    """Return the size of the machine's main memory."""
    return psutil.virtual_memory().total


def reset_cuda_peaks(device: torch.device) -> None:
    """Reset the peaks of `read_cuda_peaks`; does nothing on a CPU."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def read_cuda_peaks(device: torch.device) -> tuple[int, int] | None:
    """Return the peak bytes of tensors and of the allocator since the reset.

    The allocator keeps freed blocks, so its peak is the larger one. Neither counts
    the CUDA context. None on a CPU.
    """
    if device.type != "cuda":
        return None
    return (
        torch.cuda.max_memory_allocated(device),
        torch.cuda.max_memory_reserved(device),
    )
