"""A config that cannot be run stops Snakemake before any job, in lines that help."""

import os
import subprocess
import sys

import pytest

from tests.workflow.command import Call

REFUSED = {
    "an unknown key": (
        {"networks__snn__betta": 0.5},
        ["networks.snn.betta is not a setting", "beta"],
    ),
    "several at once": (
        {"networks__snn__steps": 0, "seeds": [], "figures__dpi": "high"},
        ["networks.snn.steps is 0", "seeds", "figures.dpi is 'high'"],
    ),
}


@pytest.mark.parametrize(("change", "said"), REFUSED.values(), ids=REFUSED)
def test_refused(fresh, change, said):
    fresh.configure(**change)
    assert_refused(fresh, said)


def test_a_key_that_stands_twice(fresh):
    fresh.append("config.yaml", "seeds: [1]\n")
    assert_refused(fresh, ["config.yaml, line ", "'seeds' stands already in line "])


def test_a_file_that_is_no_yaml(fresh):
    fresh.append("config.yaml", "more: &a [*a]\n")
    said = ["config.yaml, line ", "*a stands inside what it repeats"]
    assert_refused(fresh, said)


def test_a_config_that_would_run_code(fresh, tmp_path):
    trace = tmp_path / "trace"
    fresh.append(
        "config.yaml",
        f"__use_yte__: true\n__definitions__:\n  - open({str(trace)!r}, 'w').close()\n",
    )
    assert_refused(fresh, ["config.yaml has the key __use_yte__, which lets a config"])
    assert not trace.exists()


def test_a_network_that_is_not_in_the_config(fresh):
    outcome = fresh.run("-n", "results/runs/nobody/seed0/test.json")
    assert outcome.code != 0
    assert "results/runs/nobody/seed0/test.json" in outcome.text
    assert "Traceback" not in outcome.text


def test_a_folder_that_does_not_hold_the_data(fresh, tmp_path):
    (tmp_path / "empty").mkdir()
    fresh.configure(data__nmnist__directory=str(tmp_path / "empty"))
    outcome = fresh.run("results/data/events.npz")
    assert outcome.code != 0
    assert outcome.jobs == ["fetch_nmnist"]
    said = f"fetch_nmnist: {tmp_path / 'empty'} does not hold nmnist; looked for "
    assert any(line.startswith(said) for line in outcome.text.splitlines())
    assert not list(fresh.folder.glob("results/data/**/*.zip"))


def test_a_library_from_elsewhere(fresh, tmp_path):
    """Its code would not be the code that results record."""
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "spikemeter").mkdir(parents=True)
    (elsewhere / "spikemeter/__init__.py").write_text("")
    (elsewhere / "sitecustomize.py").write_text("import spikemeter\n")
    ran = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "1", "-n"],
        cwd=fresh.folder,
        env=os.environ | {"PYTHONPATH": str(elsewhere)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode != 0
    said = f"spikemeter was imported from {elsewhere / 'spikemeter'}, not from "
    text = ran.stdout + ran.stderr
    assert any(said in line for line in text.splitlines()), text
    assert "Traceback" not in text


def test_an_installed_library_does_not_come_before_the_workflows_own(fresh, tmp_path):
    """The path that comes first here comes first in the jobs' processes too."""
    (tmp_path / "spikemeter").mkdir()
    (tmp_path / "spikemeter/__init__.py").write_text("raise ImportError('elsewhere')")
    outcome = Call(
        fresh.folder,
        ("results/data/digits.npz",),
        environment={"PYTHONPATH": str(tmp_path)},
    ).wait()
    assert outcome.code == 0, outcome.text


def assert_refused(study, said):
    outcome = study.run("results/tables.md")
    assert outcome.code != 0
    assert "The config cannot be run." in outcome.text
    for words in said:
        assert words in outcome.text
    assert "Traceback" not in outcome.text
    assert outcome.jobs == []
    assert not (study / "results").exists()
