"""Everything that is measured, in order, each job in a process of its own."""

import os
import platform
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from queue import SimpleQueue
from typing import Any

import torch

from benchmarks.peers import CANDIDATES, OURS, REFERENCE, list_candidates
from benchmarks.processes import Result, processors, run
from benchmarks.roofline import operations
from benchmarks.workloads import QUICK, ROOT, WORKLOADS, Workload, read_workload
from spikemeter.metering.machine import find_cpu_name
from spikemeter.networks.notation import parse_layers
from spikemeter.provenance import format_now, read_versions

FOLDER = ROOT / "results" / "benchmarks"
LIMIT_S = 1200  # of a job, should it hang


@dataclass(frozen=True)
class Place:
    """Where candidates compute: a device, and processors to do it or to drive it."""

    device: str
    cores: tuple[int, ...]

    @property
    def title(self) -> str:
        """How the report names it."""
        if self.device == "cuda":
            return str(torch.cuda.get_device_name())
        return f"{len(self.cores)} thread{'s' if len(self.cores) > 1 else ''}"


@dataclass(frozen=True)
class Effort:
    """On what time is spent, and how much.

    Attributes
    ----------
    workloads : dict of Workload
    quick : bool
        One thread only, and peers on the first workload only.
    alone_s : float
        A candidate that needs longer for its first steps is left out.
    slowest_s : float
        So is one with longer training steps, unless snnTorch's are longer.
    together_s, machine_s, rounds : float, float, int
        For the rounds of one table, for the machine's rates, of the small tables.
    studies : tuple of (networks, seeds)
        What is planned.
    """

    workloads: dict[str, Workload]
    quick: bool
    alone_s: float
    slowest_s: float
    together_s: float
    machine_s: float
    rounds: int
    studies: tuple[tuple[int, int], ...]


FULL = Effort(WORKLOADS, False, 90, 10, 45, 8, 11, ((200, 10), (1000, 10)))
SHORT = Effort(QUICK, True, 30, 2, 4, 2, 3, ((30, 3),))


def measure(effort: Effort) -> Result:
    """Measure all workloads at all places, then the machine and the input's making."""
    places = find_places(effort)
    results: Result = {"conditions": conditions(effort), "workloads": {}}
    for name, workload in effort.workloads.items():
        say(workload.title)
        all_peers = not effort.quick or name == next(iter(effort.workloads))
        measured = measure_workload(workload, places, effort, all_peers)
        results["workloads"][name] = measured
    say("machine, rate coder, preparation of recordings, plans")
    results["machines"] = [
        told(place)
        | job("roofline:machine", place, device=place.device, budget_s=effort.machine_s)
        for place in places
    ]
    data = os.environ.get("SPIKEMETER_DATA")
    folder = f"{data}/NMNIST" if data else None
    rounds = effort.rounds
    results["coding"] = job("coding:measure", places[0], rounds=rounds)
    results["preprocessing"] = job(
        "preprocessing:measure", places[0], folder=folder, rounds=rounds
    )
    results["planning"] = job("planning:measure", places[0], sizes=effort.studies)
    return results


def measure_workload(
    workload: Workload, places: list[Place], effort: Effort, all_peers: bool
) -> Result:
    """Train a network, try every candidate alone, then time them together."""
    settings, _ = read_workload(workload)
    entering = "×".join(map(str, settings.input_shape))
    layers = f"{settings.layers} on {entering} inputs"
    found: Result = {**asdict(workload), "layers": layers, "timings": [], "alone": {}}
    device = places[-1].device
    spec: Result = {"workload": asdict(workload), "folder": str(FOLDER)}
    trained = job("bundles:make", places[-1], **spec, device=device)
    if "error" in trained:
        return found | trained
    stages = parse_layers(settings.layers, settings.input_shape, settings.padding)
    size = workload.steps * workload.batch
    counted = operations(stages, trained["densities"], size)
    found |= {**trained, "operations": asdict(counted)}
    for place in places:
        spec = {"bundle": trained["path"], "batch": workload.batch}
        spec["device"] = place.device
        if place.device not in found["alone"]:
            names = candidates(place.device, all_peers)
            found["alone"][place.device] = try_each(names, spec, effort.alone_s)
        together = time_together(found["alone"][place.device], place, spec, effort)
        found["timings"].append(told(place) | together)
    return found


def time_together(
    alone: dict[str, Result], place: Place, spec: Result, effort: Effort
) -> Result:
    """Time those that are fast enough alone; nothing without the reference."""
    reference = alone[REFERENCE]
    if "error" in reference:
        return {"error": f"{CANDIDATES[REFERENCE].title}: {reference['error']}"}
    slowest_s = max(effort.slowest_s, reference["step_s"])
    fit = [n for n in alone if alone[n].get("step_s", LIMIT_S) <= slowest_s]
    say(f"  {place.title}: {', '.join(fit)}")
    limits = {"candidates": fit, "budget_s": effort.together_s}
    return job("side_by_side:measure", place, **spec, **limits)


def candidates(device: str, all_peers: bool) -> list[str]:
    """Return what is installed; the reference and our engine only, or all."""
    return [
        name
        for name, candidate in list_candidates(device).items()
        if candidate.installed() and (all_peers or name in (REFERENCE, OURS[device]))
    ]


def try_each(names: list[str], spec: Result, limit_s: float) -> dict[str, Result]:
    """Run each candidate in a process and on a processor of its own.

    As many at once as there are processors: memory does not depend on the speed. A
    GPU is not shared.
    """
    cores = processors() if spec["device"] == "cpu" else processors()[:1]
    free: SimpleQueue[int] = SimpleQueue()
    for core in cores:
        free.put(core)

    def work(name: str) -> Result:
        core = free.get()
        try:
            given = {**spec, "candidate": name}
            return run("single_candidate:measure", given, [core], limit_s)
        finally:
            free.put(core)

    with ThreadPoolExecutor(len(cores)) as pool:
        return dict(zip(names, pool.map(work, names), strict=True))


def find_places(effort: Effort) -> list[Place]:
    """Return one thread, two where there are as many processors, and a GPU."""
    cores = tuple(processors())
    places = [Place("cpu", cores[:1])]
    if len(cores) > 1 and not effort.quick:
        places.append(Place("cpu", cores[:2]))
    if torch.cuda.is_available():
        places.append(Place("cuda", cores))
    return places


def told(place: Place) -> Result:
    """Return what the report says of a place."""
    return {"title": place.title, "device": place.device}


def conditions(effort: Effort) -> Result:
    """Describe the machine and the software, before anything runs."""
    found = {c.package: c.installed() for c in CANDIDATES.values()}
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return {
        "date": format_now(),
        "processor": find_cpu_name(),
        "GPU": gpu,
        "platform": platform.platform(),
        "processors": len(processors()),
        "load": os.getloadavg(),
        "versions": read_versions()["versions"] | {n: v for n, v in found.items() if v},
        "not_installed": [name for name, v in found.items() if v is None],
        "quick": effort.quick,
    }


def say(text: str) -> None:
    """Tell the user where the run is."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201


def job(target: str, place: Place, **spec: Any) -> Result:
    """Run a job on the processors of a place."""
    return run(target, spec, place.cores, LIMIT_S)
