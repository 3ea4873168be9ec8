"""Finished runs, which take days: none is made again or overwritten for nothing."""

import os
import re
import time

from tests.faults.fault import AGAIN, assert_tidy, campaign
from tests.faults.procedure import assert_belongs
from tests.workflow.study import TABLES

PAGE = "results/report.html"


def computed(jobs):
    """Return those jobs that fetch, prepare, train or test."""
    return [job for job in jobs if re.match("fetch|prepare|train|test", job)]


@campaign(["the runs alone, copied to another machine"])
def test_the_runs_alone(fault, broken, record):
    (broken / "results/runs").rename(broken / "runs")
    broken.remove("results", ".snakemake")
    (broken / "results").mkdir()
    (broken / "runs").rename(broken / "results/runs")
    outcome = broken.run(TABLES, PAGE)
    assert outcome.code == 0, outcome.text
    assert computed(outcome.jobs) == []
    assert_belongs(broken)
    text = "not on the machine that wrote this page: examples, saccades"
    assert text in (broken / PAGE).read_text()
    goes_on = "by itself: the report, without the figures that show data"
    record(fault, "nothing", "nothing", goes_on)


@campaign(["data newer than the runs, and .snakemake lost"])
def test_newer_data(fault, broken, record):
    broken.remove(".snakemake")
    later_s = time.time() + 1000
    for path in (broken / "results/data").rglob("*"):
        os.utime(path, (later_s, later_s))
    outcome = broken.run(TABLES)
    assert outcome.code == 0, outcome.text
    assert computed(outcome.jobs) == []
    record(fault, "nothing", "nothing", "by itself: nothing is trained")


@campaign(["another study in the folder of a finished one"])
def test_another_study(fault, broken, record):
    runs = broken / "results/runs"
    before = {path.name: path.read_bytes() for path in (runs / "snn/seed0").iterdir()}
    broken.configure(networks__snn__beta=0.5)
    outcome = broken.run(TABLES)
    assert outcome.code == 0, outcome.text
    assert outcome.jobs == ["tables", "test[snn, 0]", "train[snn, 0]"]
    assert_tidy(broken)
    assert_belongs(broken)
    (kept,) = (broken / "results/archive/snn/seed0").iterdir()
    assert {path.name: path.read_bytes() for path in kept.iterdir()} == before
    (told,) = [line for line in outcome.text.splitlines() if "will not be used" in line]
    left = "the old run, in `results/archive/snn/seed0/`"
    record(
        fault, told, left, f"by itself; with the old config and run, {AGAIN}: tables"
    )
