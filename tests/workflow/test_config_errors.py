"""A config that cannot be run stops Snakemake before any job, in lines that help."""

import importlib
import sys
from functools import partial

import pytest

# Settings, or what is added at the end of config.yaml, and what is said of it.
REFUSED = {
    "an unknown key": (
        {"networks__snn__betta": 0.5},
        ["networks.snn.betta is not a setting", "beta"],
    ),
    "a key that stands twice": (
        "seeds: [1]\n",
        ["config.yaml, line ", "'seeds' stands already in line "],
    ),
    "a config that would run code": (
        "__use_yte__: true\n__definitions__:\n  - open('trace', 'w').close()\n",
        ["config.yaml has the key __use_yte__, which lets a config"],
    ),
}


@pytest.mark.parametrize(("change", "said"), REFUSED.values(), ids=REFUSED)
def test_refused(fresh, change, said):
    if isinstance(change, str):
        fresh.append("config.yaml", change)
    else:
        fresh.configure(**change)
    outcome = fresh.run("results/tables.md")
    assert outcome.code != 0
    for words in ("The config cannot be run.", *said):
        assert words in outcome.text
    assert "Traceback" not in outcome.text
    assert outcome.jobs == []
    assert not (fresh / "results").exists()
    assert not (fresh / "trace").exists()


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


def import_library(folder):
    sys.path.insert(0, folder)
    importlib.import_module("spikemeter")


def test_a_library_from_elsewhere(fresh, tmp_path):
    """Its code would not be the code that results record."""
    (tmp_path / "spikemeter").mkdir()
    (tmp_path / "spikemeter/__init__.py").touch()
    outcome = fresh.run("-n", first=partial(import_library, str(tmp_path)))
    assert outcome.code != 0
    said = f"spikemeter was imported from {tmp_path / 'spikemeter'}, not from "
    assert any(said in line for line in outcome.text.splitlines()), outcome.text
    assert "Traceback" not in outcome.text


def test_an_installed_library_does_not_come_before_the_workflows_own(fresh, tmp_path):
    """The path that comes first here comes first in the jobs' processes too."""
    (tmp_path / "spikemeter").mkdir()
    (tmp_path / "spikemeter/__init__.py").write_text("raise ImportError('elsewhere')")
    path = {"PYTHONPATH": str(tmp_path)}
    fresh.succeed("results/data/digits.npz", environment=path)
