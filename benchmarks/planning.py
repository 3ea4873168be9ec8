"""Time the plan of large studies beside that of an otherwise empty workflow.

Both have the same number of jobs and files; they run in turns, in processes of
their own on one processor, and its clock counts.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import yaml

from benchmarks.processes import environment
from benchmarks.tables import row
from benchmarks.workloads import ROOT
from spikemeter.files import read_json, write_text

ROUNDS = 3
PER_EXPERIMENT = 5  # benchmarks/planning.smk has the same
NETWORK = "exp1_snn"  # all networks of the study are like it but for beta
TARGETS = ("results/tables.md", "figures")


@dataclass(frozen=True)
class Cost:
    """What a plan took.

    Attributes
    ----------
    jobs : int
    seconds : float
        On the processor, Python's start included.
    peak_bytes : int
        Resident memory of the planner.
    """

    jobs: int
    seconds: float
    peak_bytes: int


def measure(sizes: Sequence[tuple[int, int]]) -> dict[str, list[str]]:
    """Return the ``lines`` of a table.

    Parameters
    ----------
    sizes : sequence of (networks, seeds)
    """
    rows = []
    for networks, seeds in sizes:
        turns = [compare(networks, seeds) for _ in range(ROUNDS)]
        ours, alone = ([turn[side] for turn in turns] for side in (0, 1))
        rows.append(_row(f"{networks} × {seeds}", ours, alone))
    return {"lines": [row(HEAD), row(["---"] * len(HEAD)), *rows]}


def compare(networks: int, seeds: int) -> tuple[Cost, Cost]:
    """Plan a study with the workflow, and as many jobs and files with Snakemake alone.

    Raises
    ------
    RuntimeError
        If a plan fails, or the two have not the same number of jobs.
    """
    with tempfile.TemporaryDirectory() as folder:
        write_study(Path(folder, "config.yaml"), networks, seeds)
        ours = plan(ROOT / "Snakefile", folder, *TARGETS)
    with tempfile.TemporaryDirectory() as folder:
        numbers = ("--config", f"networks={networks}", f"seeds={seeds}")
        alone = plan(Path(__file__).with_suffix(".smk"), folder, "all", *numbers)
    if ours.jobs != alone.jobs:
        raise RuntimeError(
            f"the workflow has {ours.jobs} jobs but benchmarks/planning.smk "
            f"{alone.jobs}; make them equal"
        )
    return ours, alone


def write_study(path: Path, networks: int, seeds: int) -> None:
    """Write the config of a study: networks that differ in beta, few per experiment."""
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    model = config["networks"][NETWORK] | {"compare_to": None}
    config["seeds"] = list(range(seeds))
    del config["experiments"]  # networks name them
    config["networks"] = {
        f"network{n}": model
        | {
            "experiment": n // PER_EXPERIMENT,
            "label": f"SNN {n}",
            "beta": n / networks,
        }
        for n in range(networks)
    }
    write_text(path, yaml.safe_dump(config, sort_keys=False))


def plan(snakefile: Path, folder: str, *arguments: str) -> Cost:
    """Return what the dry run of a workflow in an empty folder costs.

    Raises
    ------
    RuntimeError
        If it fails.
    """
    cost = Path(folder, "cost.json")
    command = [sys.executable, "-m", "benchmarks.planner", str(cost), *arguments]
    # The number of jobs is told, but not each of them; and nobody's own settings count.
    options = ["--dry-run", "--snakefile", str(snakefile), "--nocolor"]
    options += [
        "--quiet",
        "rules",
        "--workflow-profile",
        str(ROOT / "profiles/default"),
    ]
    ran = subprocess.run(
        command + options,
        cwd=folder,
        env=environment(1),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    total = re.search(r"^total +(\d+)$", ran.stdout, re.MULTILINE)
    if ran.returncode or not total:
        last = ran.stdout.strip().rpartition("\n")[2]
        raise RuntimeError(f"{snakefile.name} cannot be planned: {last}")
    return Cost(int(total[1]), **read_json(cost))


HEAD = ["networks × seeds", "jobs", "seconds", "ms a job", "peak MiB"]
HEAD += ["Snakemake alone: seconds", "peak MiB", "ratio of seconds"]


def _row(title: str, ours: Sequence[Cost], alone: Sequence[Cost]) -> str:
    """Return a row: medians of the rounds, and the highest peaks."""
    our_s, alone_s = (median(c.seconds for c in side) for side in (ours, alone))
    our_mib, alone_mib = (
        max(c.peak_bytes for c in side) / (1 << 20) for side in (ours, alone)
    )
    jobs = ours[0].jobs
    cells = [title, f"{jobs}", f"{our_s:.1f}", f"{1000 * our_s / jobs:.2f}"]
    cells += [f"{our_mib:.0f}", f"{alone_s:.1f}", f"{alone_mib:.0f}"]
    return row([*cells, f"{our_s / alone_s:.2f}"])
