"""Disks that are full, or that may not be written to."""

import shutil
import subprocess
import sys
from dataclasses import dataclass

import pytest

from tests.faults.causes import JOB, at, full_disk
from tests.faults.fault import Fault, campaign, named
from tests.faults.places import (
    DATA,
    NOTE,
    PREPARED,
    RAW,
    RUN,
    STATE,
    SUMMARY,
    TESTED,
    TRAINED,
)
from tests.faults.privileges import obey_modes
from tests.faults.procedure import assert_recovers
from tests.workflow.study import TABLES

PAGES = (TABLES, "results/tables")
FULL, LARGE = "No space left on device", "File too large"
LOGS = {
    "fetch_mnist": "fetch/mnist",
    "prepare": "prepare/digits",
    "train": "train/NETWORK/seed0",
    "test": "test/snn/seed0",
    "tables": "tables",
    "figure": "figures/experiment1",
}


def said_by(rule, found):
    return f"{rule}: {found}  (details: results/logs/{LOGS[rule]}.log)"


def unwritten(rule, path, found=FULL, advice="make room"):
    """What a job says that cannot write a file."""
    return said_by(
        rule,
        f"cannot write {path} ({found}): {advice}, then run the same command again",
    )


def full(rule, path, target=None, missing=(), left=(), said=None):
    """A disk that is full when a rule writes a file."""
    return Fault(
        f"disk full while {rule} writes {path.rpartition('/')[2]}",
        target or path,
        said or unwritten(rule, path),
        left,
        missing=missing or (path,),
        causes=(full_disk(rule, when="inside", match=path.rpartition("/")[2]),),
    )


def chmod(name, mode):
    return lambda study: (study / name).chmod(mode)


def read_only(name, target, said, missing):
    return Fault(
        f"{name} may not be written to",
        target,
        said,
        missing=missing,
        arrange=chmod(name, 0o555),
        mend=chmod(name, 0o755),
        first=obey_modes,
        remedy="allow it",
    )


EVENTS = (f"{DATA}/events.npz", f"{DATA}/events.json")
CURVES = tuple(f"results/figures/experiment1.{kind}" for kind in ("svg", "pdf", "png"))
TRAINING = {"target": SUMMARY, "missing": TRAINED}
FULL_DISKS = (
    full("prepare", PREPARED[0], missing=PREPARED),
    full("prepare", PREPARED[1], missing=PREPARED),
    full(
        "prepare",
        EVENTS[0],
        missing=EVENTS,
        said=unwritten("prepare", EVENTS[0]).replace("digits.log", "events.log"),
    ),
    full("train", STATE, left=(NOTE,), **TRAINING),
    full("train", f"{RUN}/model.pt", left=(NOTE, STATE), **TRAINING),
    full("train", f"{RUN}/epochs.csv", left=(NOTE, STATE), **TRAINING),
    full("train", SUMMARY, left=(NOTE, STATE), **TRAINING),
    *(full("test", path, missing=TESTED) for path in TESTED),
    full("tables", "results/tables/training.csv", TABLES, PAGES),
    full("tables", TABLES, missing=PAGES),
    full("figure", CURVES[1], missing=CURVES),
    Fault(
        "a limit on the size of files (ulimit -f)",
        SUMMARY,
        unwritten("train", STATE, LARGE),
        (NOTE,),
        missing=TRAINED,
        causes=(at("train", JOB, do="limit", n_bytes=10_000),),
    ),
)
DENIED = ("Permission denied", "allow it")
OF_SNAKEMAKE = "PermissionError: [Errno 13] Permission denied: {!r}".format
READ_ONLY = (
    read_only(DATA, PREPARED[1], unwritten("prepare", PREPARED[0], *DENIED), PREPARED),
    read_only(RUN, SUMMARY, unwritten("train", f"{RUN}/.lock", *DENIED), TRAINED),
    read_only(
        "results/tables",
        TABLES,
        OF_SNAKEMAKE("results/tables/anytime_steps.csv"),
        (TABLES,),
    ),
    read_only("results", TABLES, OF_SNAKEMAKE("results/tables"), PAGES),
)


@campaign(FULL_DISKS, quick=["disk full while tables writes training.csv"])
def test_full_disk(fault, broken, expected, record):
    assert_recovers(fault, broken, expected, record)


@pytest.mark.skipif(sys.platform != "linux", reason="gives up root's rights by prctl")
@campaign(READ_ONLY)
def test_read_only(fault, broken, expected, record):
    assert_recovers(fault, broken, expected, record)


@pytest.fixture
def small_disk(broken):
    """Return functions that give results/ a disk of its own, and that enlarge it."""
    results = broken / "results"
    mounted = []

    def mount(kib):
        kept = results.rename(results.with_name("kept"))
        sizes = [p.stat().st_size for p in kept.rglob("*") if p.is_file()]
        size_kib = kib + sum(4 * -(-size // 4096) for size in sizes)  # pages of 4 KiB
        results.mkdir()
        options = f"size={size_kib}k"
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(results)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"NOT TESTED: no disk can be mounted here: {done.stderr}")
        mounted.append(results)
        shutil.copytree(kept, results, dirs_exist_ok=True)

    def enlarge():
        command = ["mount", "-o", "remount,size=64m", str(results)]
        subprocess.run(command, check=True)

    yield mount, enlarge
    for folder in mounted:
        subprocess.run(["umount", str(folder)], check=True)


@dataclass(frozen=True)
class Disk:
    """A disk with so much room beyond what lies below results/."""

    title: str
    kib: int
    target: str
    missing: tuple[str, ...]
    said: str
    left: tuple[str, ...] = ()


DISKS = (
    Disk(
        "a disk that fills up while fetch_mnist works",
        64,
        f"{RAW}/source.json",
        (RAW,),
        unwritten("fetch_mnist", f"{RAW}/train-images-idx3-ubyte"),
    ),
    Disk(
        "a disk that fills up while train works",
        12,
        SUMMARY,
        TRAINED,
        unwritten("train", STATE),
        (NOTE,),
    ),
    Disk(
        "a disk that fills up while tables works",
        8,
        TABLES,
        PAGES,
        unwritten("tables", "results/tables/test.csv"),
    ),
)


@pytest.mark.parametrize("disk", [named((one,), quick=False) for one in DISKS])
def test_small_disk(disk, broken, expected, record, small_disk):
    mount, enlarge = small_disk
    fault = Fault(
        disk.title,
        disk.target,
        disk.said,
        disk.left,
        missing=disk.missing,
        arrange=lambda _: mount(disk.kib),
        mend=lambda _: enlarge(),
        remedy="make room",
    )
    assert_recovers(fault, broken, expected, record)
