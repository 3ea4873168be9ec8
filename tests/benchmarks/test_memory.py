"""The peak is that of the work, also when it is freed again."""

import torch
from benchmarks.memory import PeakMemory

BYTES = 96 << 20


def test_freed_memory_counts():
    memory = PeakMemory(torch.device("cpu"))
    memory.restart()
    block = bytearray(b"x") * BYTES
    del block
    peak = memory.peak_bytes()
    assert peak is not None
    assert 0.98 * BYTES < peak < 1.5 * BYTES  # the kernel counts in batches of pages


def test_what_was_before_does_not_count():
    block = bytearray(b"x") * BYTES
    memory = PeakMemory(torch.device("cpu"))
    del block
    memory.restart()
    peak = memory.peak_bytes()
    assert peak is None or peak < BYTES / 2
