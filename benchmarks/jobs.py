"""What runs in processes of its own: ``python -m benchmarks.jobs JOB SPEC CORES FILE``."""

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

Result = dict[str, Any]


def prepare(workload: Result, folder: str, device: str) -> Result:
    """Train a network, once; see :func:`benchmarks.bundles.make`."""
    import torch

    from benchmarks import bundles
    from benchmarks.workloads import Workload

    return bundles.make(Workload(**workload), Path(folder), torch.device(device))


def trial(candidate: str, bundle: str, batch: int, device: str) -> Result:
    """Measure the peak memory of training steps, and how long one takes.

    A small batch comes first, so that libraries, compilers and their leftovers do
    not count.
    """
    import torch

    from benchmarks import bundles
    from benchmarks.memory import PeakMemory
    from benchmarks.peers import CANDIDATES
    from benchmarks.workloads import load_task

    place, content = torch.device(device), bundles.load(bundle)
    build = CANDIDATES[candidate].build
    build(load_task(content, place, WARMING_BATCH)).train_step()
    task = load_task(content, place, batch)
    task.frames()  # as the peers will be given it
    memory = PeakMemory(place)
    peer = build(task)
    start_s = time.perf_counter()
    peer.train_step()
    first_s = time.perf_counter() - start_s
    memory.restart()
    start_s = time.perf_counter()
    for _ in range(TRIAL_STEPS):
        peer.train_step()
    step_s = (time.perf_counter() - start_s) / TRIAL_STEPS
    return {"peak_bytes": memory.peak_bytes(), "first_s": first_s, "step_s": step_s}


WARMING_BATCH = 2
TRIAL_STEPS = 3


def timing(
    candidates: list[str], bundle: str, batch: int, device: str, budget_s: float
) -> Result:
    """Compare the candidates with the first one, then time them in turns."""
    import torch

    from benchmarks import bundles
    from benchmarks.agreement import compare
    from benchmarks.peers import CANDIDATES
    from benchmarks.timing import clock_of, in_turns
    from benchmarks.workloads import load_task

    content = bundles.load(bundle)
    task = load_task(content, torch.device(device), batch)
    peers = {name: CANDIDATES[name].build(task) for name in candidates}
    agreement = compare(peers)
    clock = clock_of(torch.get_num_threads(), device)
    series, disturbance = in_turns(peers, clock, budget_s)
    return {
        "agreement": agreement,
        "seconds": {name: asdict(found) for name, found in series.items()},
        **asdict(disturbance),
    }


def machine(device: str, budget_s: float) -> Result:
    """Measure the machine's best rates."""
    import torch

    from benchmarks import roofline

    return dict(roofline.machine(torch.device(device), budget_s))


def small_tables(folder: str | None, rounds: int) -> Result:
    """Time the rate coder and the preparation of recordings."""
    from benchmarks import coding, preprocessing

    path = Path(folder) if folder else None
    return {
        "coding": coding.measure(rounds),
        "preprocessing": preprocessing.measure(path, rounds),
    }


JOBS: dict[str, Callable[..., Result]] = {
    job.__name__: job for job in (prepare, trial, timing, machine, small_tables)
}


def main() -> None:
    """Pin this process before anything that starts threads is imported, and work."""
    job, spec, cores, path = sys.argv[1:]
    os.sched_setaffinity(0, json.loads(cores))
    import torch

    from spikemeter.files import write_json

    torch.set_num_threads(len(json.loads(cores)))
    torch.backends.cudnn.allow_tf32 = False  # its rounding changes spikes
    write_json(path, JOBS[job](**json.loads(spec)))


if __name__ == "__main__":
    main()
