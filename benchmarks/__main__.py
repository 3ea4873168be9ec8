"""Measure everything: ``python -m benchmarks [--quick]``."""

import argparse
import os
import platform
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from benchmarks import report
from benchmarks.peers import CANDIDATES, OURS, REFERENCE, of_device
from benchmarks.processes import processors, run
from benchmarks.roofline import operations
from benchmarks.workloads import QUICK, ROOT, WORKLOADS, Workload, study
from spikemeter.conditions import software, timestamp
from spikemeter.files import write_json, write_text
from spikemeter.metering.conditions import cpu_name
from spikemeter.networks.notation import parse_layers

Result = dict[str, Any]
FOLDER = ROOT / "results" / "benchmarks"


@dataclass(frozen=True)
class Place:
    """Where candidates compute: a device, and processors to do it or to drive it."""

    device: str
    cores: tuple[int, ...]

    @property
    def title(self) -> str:
        """How the report names it."""
        if self.device == "cuda":
            return f"{torch.cuda.get_device_name()}"
        return f"{len(self.cores)} thread{'s' if len(self.cores) > 1 else ''}"


@dataclass(frozen=True)
class Effort:
    """How much time is spent, in seconds, and on what.

    Attributes
    ----------
    quick : bool
        Peers are measured on the first workload only.
    trial_s : float
        A candidate that takes longer is left out.
    slowest_s : float
        So is one whose training step takes longer.
    timing_s, machine_s : float
        Given to the rounds of one table, and to the machine's rates.
    """

    quick: bool
    workloads: dict[str, Workload]
    trial_s: float
    slowest_s: float
    timing_s: float
    machine_s: float


FULL = Effort(False, WORKLOADS, 90, 15, 60, 8)
SHORT = Effort(True, QUICK, 30, 2, 4, 2)
JOB_LIMIT_S = 1200


def measure(effort: Effort) -> Result:
    """Measure all workloads at all places."""
    places = find_places(effort)
    results: Result = {"conditions": conditions(effort), "workloads": {}}
    for name, workload in effort.workloads.items():
        say(workload.title)
        peers = not effort.quick or name == next(iter(effort.workloads))
        results["workloads"][name] = measure_workload(workload, places, effort, peers)
    say("machine, rate coder, preparation of recordings")
    results["machines"] = [
        place_of(place)
        | _job("machine", place.cores, device=place.device, budget_s=effort.machine_s)
        for place in places
    ]
    data = os.environ.get("SPIKEMETER_DATA")
    folder = f"{data}/NMNIST" if data else None
    rounds = 3 if effort.quick else 11
    results["small"] = _job("small_tables", places[0].cores, folder=folder, rounds=rounds)
    return results


def measure_workload(
    workload: Workload, places: list[Place], effort: Effort, peers: bool
) -> Result:
    """Train a network, try every candidate alone, then time them together."""
    settings, _ = study(workload)
    fastest = "cuda" if places[-1].device == "cuda" else "cpu"
    described = asdict(workload) | {"layers": settings.layers}
    bundle = _job(
        "prepare",
        places[-1].cores,
        workload=asdict(workload),
        folder=str(FOLDER),
        device=fastest,
    )
    if "error" in bundle:
        return described | bundle | {"timings": [], "trials": {}}
    stages = parse_layers(settings.layers, settings.input_shape, settings.padding)
    counted = operations(stages, bundle["densities"], workload.steps * workload.batch)
    measured = described | bundle | {"operations": asdict(counted), "timings": []}
    measured["trials"] = {}
    for device in dict.fromkeys(place.device for place in places):
        names = [
            name
            for name, candidate in of_device(device).items()
            if candidate.installed()
            and (peers or name in (REFERENCE, OURS[device]))
        ]
        trials = try_alone(names, bundle["path"], workload.batch, device, effort)
        measured["trials"] |= trials
        fit = [n for n in names if trials[n].get("step_s", 1e9) <= effort.slowest_s]
        for place in places:
            if place.device == device:
                say(f"  {place.title}: {', '.join(fit)}")
                measured["timings"].append(
                    place_of(place)
                    | _job(
                        "timing",
                        place.cores,
                        candidates=fit,
                        bundle=bundle["path"],
                        batch=workload.batch,
                        device=device,
                        budget_s=effort.timing_s,
                    )
                )
    return measured


def try_alone(
    names: list[str], bundle: str, batch: int, device: str, effort: Effort
) -> dict[str, Result]:
    """Run every candidate in a process of its own, on one processor each."""
    cores = processors() if device == "cpu" else processors()[:1]
    free = list(cores)

    def work(name: str) -> Result:
        core = free.pop()
        spec = {"candidate": name, "bundle": bundle, "batch": batch, "device": device}
        try:
            return run("trial", spec, [core], effort.trial_s)
        finally:
            free.append(core)

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


def place_of(place: Place) -> Result:
    """Return what the report says of a place."""
    return {"title": place.title, "device": place.device}


def conditions(effort: Effort) -> Result:
    """Describe the machine and the software, before anything runs."""
    found = {c.package: c.installed() for c in CANDIDATES.values()}
    versions = software()["versions"]
    cuda = torch.cuda.is_available()
    return {
        "date": timestamp(),
        "cpu": cpu_name(),
        "gpu": torch.cuda.get_device_name() if cuda else None,
        "platform": platform.platform(),
        "processors": len(processors()),
        "load": os.getloadavg(),
        "versions": versions | {name: v for name, v in found.items() if v},
        "not_installed": [name for name, v in found.items() if v is None],
        "quick": effort.quick,
    }


def say(text: str) -> None:
    """Tell the user where the run is."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201


def _job(name: str, cores: tuple[int, ...], **spec: Any) -> Result:
    return run(name, spec, list(cores), JOB_LIMIT_S)


def main() -> None:
    """Measure and write results/benchmarks.md."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--quick", action="store_true", help="a minute, for CI")
    parser.add_argument("--output", type=Path, default=ROOT / "results/benchmarks.md")
    arguments = parser.parse_args()
    results = measure(SHORT if arguments.quick else FULL)
    write_json(FOLDER / "results.json", results)
    write_text(arguments.output, report.write(results))
    say(f"wrote {arguments.output}")


if __name__ == "__main__":
    main()
