"""The profiles, and what Snakemake's own linter says of the rules."""

import re

import pytest
import yaml

from spikemeter.datasets.registry import DATASETS
from tests.workflow.study import FIGURES, ROOT, TABLES

METERED = ("train", "test")
LOCAL = {"fetch_mnist", "fetch_nmnist", "tables", "claims", "figure"}


@pytest.mark.parametrize(("device", "gpus"), [("auto", 1), ("cpu", 0)])
def test_slurm_plan(fresh, device, gpus):
    """What each job asks for; metered ones have a node each, and need no token."""
    fresh.configure(device=device)
    outcome = fresh.run("-n", "--profile", "profiles/slurm", TABLES, FIGURES)
    assert outcome.code == 0, outcome.text
    assert len(outcome.jobs) == len(set(outcome.jobs)) == 24
    for job in outcome.described:
        needs = job["resources"]
        if job["rule"] in METERED:
            assert (needs["gpu"], needs["meter"]) == (gpus, 0)
            assert needs["slurm_extra"] == "--exclusive"
            asked = f"{gpus} GPU, {needs['mem_mb']} MB, {needs['runtime']} minutes"
            assert f"(asks a cluster for {asked})" in outcome.text
        elif job["rule"] not in LOCAL:
            assert needs["mem_mb"] > 1300
            assert needs["runtime"] >= 15
            assert not {"gpu", "slurm_extra"} & set(needs)


def test_limits_on_the_command_line_leave_metered_jobs_alone_on_their_node(fresh):
    """They replace what the profile sets: the token keeps metered jobs apart again."""
    limit = ("--set-resources", "train:runtime=1440")
    outcome = fresh.run("-n", TABLES, "--profile", "profiles/slurm", *limit)
    assert outcome.code == 0, outcome.text
    for job in outcome.described:
        if job["rule"] in METERED:
            assert job["resources"]["slurm_extra"] == "--exclusive"
            assert job["resources"]["meter"] == 1
        if job["rule"] == "train":
            assert job["resources"]["runtime"] == 1440


def test_profiles_have_no_key_in_common():
    """Where they had, profiles/default would win over profiles/slurm."""
    default, slurm = (
        yaml.safe_load((ROOT / f"profiles/{name}/profile.yaml").read_text())
        for name in ("default", "slurm")
    )
    assert not set(default) & set(slurm)


def test_the_default_profile_is_used(complete):
    outcome = complete.run("-n")
    assert "profiles/default" in outcome.text


def test_local_rules():
    """Downloads and reports run where Snakemake runs."""
    text = "".join(path.read_text() for path in (ROOT / "rules").glob("*.smk"))
    (block,) = re.findall(r"^localrules:\n((?:    \w+,\n)+)", text, re.MULTILINE)
    named = set(re.findall(r"\w+", block))
    # One body serves the rules of all data sets.
    assert "localrule: True" in text
    named |= {f"fetch_{dataset}" for dataset in DATASETS}
    assert named == LOCAL | {"fetch_cifar10", "figures", "report", "all"}


def test_linter(fresh):
    outcome = fresh.run("--lint")
    assert outcome.code == 0, outcome.text
    assert "your workflow is in a good condition" in outcome.text


def test_every_rule_that_makes_something_tells_of_itself():
    for path in (ROOT / "rules").glob("*.smk"):
        _, *rules = re.split(r"^rule ", path.read_text(), flags=re.M)
        for rule in (rule for rule in rules if "    output:\n" in rule):
            for directive in ("log", "conda", "message", "params", "script"):
                assert f"\n    {directive}:\n" in rule, f"{path.name}: {rule[:40]}"
