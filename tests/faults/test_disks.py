"""Disks that are full, or that may not be written to."""

import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from tests.faults.causes import JOB, at, full_disk
from tests.faults.fault import Fault, campaign
from tests.faults.places import (
    DATA,
    LOCK,
    NOTE,
    PREPARED,
    RAW,
    RUN,
    STATE,
    SUMMARY,
    TESTED,
    TRAINED,
    unwritten,
)
from tests.faults.privileges import obey_modes
from tests.workflow.study import TABLES

PAGES = (TABLES, "results/tables")
EVENTS = (f"{DATA}/events.npz", f"{DATA}/events.json")
CURVES = tuple(f"results/figures/experiment1.{kind}" for kind in ("svg", "pdf", "png"))


def full(rule, path, missing, target=None, left=(), **log):
    """A disk that is full when a rule writes a file."""
    name = path.rpartition("/")[2]
    return Fault(
        f"disk full while {rule} writes {name}",
        target or path,
        unwritten(rule, path, **log),
        left,
        missing=missing,
        causes=(full_disk(rule, match=name),),
    )


def in_training(path, *left):
    return full("train", path, TRAINED, SUMMARY, (NOTE, *left))


FULL_DISKS = (
    *(full("prepare", path, PREPARED) for path in PREPARED),
    full("prepare", EVENTS[0], EVENTS, log="prepare/events"),
    in_training(STATE),
    *(in_training(path, STATE) for path in TRAINED if not path.endswith("power.csv")),
    *(full("test", path, TESTED) for path in TESTED),
    full("tables", "results/tables/training.csv", PAGES, TABLES),
    full("tables", TABLES, PAGES),
    full("figure", CURVES[1], CURVES),
    Fault(
        "a limit on the size of files (ulimit -f)",
        SUMMARY,
        unwritten("train", STATE, "File too large"),
        (NOTE,),
        missing=TRAINED,
        causes=(at("train", JOB, do="limit", n_bytes=10_000),),
    ),
)


@campaign(FULL_DISKS)
def test_full_disk(fault, recover):
    recover(fault)


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


DENIED = ("Permission denied", "allow it")
OF_SNAKEMAKE = "PermissionError: [Errno 13] Permission denied: {!r}".format
READ_ONLY = (
    read_only(DATA, PREPARED[1], unwritten("prepare", PREPARED[0], *DENIED), PREPARED),
    read_only(RUN, SUMMARY, unwritten("train", LOCK, *DENIED), TRAINED),
    read_only(
        "results/tables",
        TABLES,
        OF_SNAKEMAKE("results/tables/anytime_steps.csv"),
        (TABLES,),
    ),
    read_only("results", TABLES, OF_SNAKEMAKE("results/tables"), PAGES),
)


@pytest.mark.skipif(sys.platform != "linux", reason="gives up root's rights by prctl")
@campaign(READ_ONLY)
def test_read_only(fault, recover):
    recover(fault)


@pytest.fixture
def mount(broken):
    """Return a function that gives results/ a disk of its own with so much room."""
    results = broken / "results"

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
        shutil.copytree(kept, results, dirs_exist_ok=True)

    yield mount
    if results.is_mount():
        subprocess.run(["umount", str(results)], check=True)


def enlarge(study):
    command = ["mount", "-o", "remount,size=64m", str(study / "results")]
    subprocess.run(command, check=True)


def fills(rule, target, path, missing, left=()):
    """A disk with little room beyond what lies below results/."""
    return Fault(
        f"a disk that fills up while {rule} works",
        target,
        unwritten(rule, path),
        left,
        missing=missing,
        mend=enlarge,
        remedy="make room",
    )


IMAGES, SOURCE = f"{RAW}/train-images-idx3-ubyte", f"{RAW}/source.json"
ROOM_KIB = {SOURCE: 64, SUMMARY: 12, TABLES: 8}
DISKS = (
    fills("fetch_mnist", SOURCE, IMAGES, (RAW,)),
    fills("train", SUMMARY, STATE, TRAINED, (NOTE,)),
    fills("tables", TABLES, "results/tables/test.csv", PAGES),
)


@campaign(DISKS)
def test_small_disk(fault, recover, mount):
    recover(replace(fault, arrange=lambda _: mount(ROOM_KIB[fault.target])))
