"""The profiles, and what Snakemake's own linter says of the rules."""

import re

import yaml

from tests.workflow.study import FIGURES, ROOT, TABLES

METERED = ("train", "test")
LOCAL = {
    *("fetch_mnist", "fetch_nmnist", "tables", "curves", "architecture", "neuron"),
    *("examples", "saccades"),
}


def test_slurm_plan(fresh):
    outcome = fresh.run("-n", "--profile", "profiles/slurm", TABLES, FIGURES)
    assert outcome.code == 0, outcome.text
    assert len(outcome.jobs) == len(set(outcome.jobs)) == 19
    for job in outcome.described:
        if job["rule"] in METERED:
            needs = job["resources"]
            assert (needs["gpu"], needs["meter"]) == (1, 1)
            assert needs["slurm_extra"] == "--exclusive"
            assert needs["mem_mb"] >= 16000
            assert needs["runtime"] >= 120
            assert needs["slurm_partition"] == "main"
        elif job["rule"] not in LOCAL:
            assert job["resources"]["mem_mb"] == 8000
            assert "gpu" not in job["resources"]


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
    named = set()
    for path in (ROOT / "rules").glob("*.smk"):
        for block in re.findall(
            r"^localrules:\n((?:    \w+,\n)+)", path.read_text(), re.M
        ):
            named |= set(re.findall(r"\w+", block))
    assert named == LOCAL | {"fetch_cifar10", "figures", "all"}


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
