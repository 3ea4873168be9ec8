"""One candidate in a process of its own: its peak memory, and whether it is usable."""

import time
from collections.abc import Callable
from typing import Any

import torch

from benchmarks import bundles
from benchmarks.memory import PeakMemory
from benchmarks.peers import CANDIDATES
from benchmarks.timing import SLOW_S
from benchmarks.workloads import load_task

WARMING_BATCH = 2
STEPS = 3


def measure(candidate: str, bundle: str, batch: int, device: str) -> dict[str, Any]:
    """Do training steps and return what they took.

    A small batch comes first, so that libraries, compilers and their leftovers do
    not count.

    Returns
    -------
    dict
        ``peak_bytes`` above the level before the candidate was built, None where it
        could not be read; ``first_s`` of the first step, which may compile;
        ``step_s`` of the ones after.
    """
    place, content = torch.device(device), bundles.load(bundle)
    build = CANDIDATES[candidate].build
    build(load_task(content, place, WARMING_BATCH)).train_step()
    task = load_task(content, place, batch)
    memory = PeakMemory(place)
    peer = build(task)
    first_s = _seconds(peer.train_step)
    memory.restart()
    steps = 1 if first_s > SLOW_S else STEPS
    step_s = sum(_seconds(peer.train_step) for _ in range(steps)) / steps
    return {"peak_bytes": memory.peak_bytes(), "first_s": first_s, "step_s": step_s}


def _seconds(work: Callable[[], object]) -> float:
    start_s = time.perf_counter()
    work()
    return time.perf_counter() - start_s
