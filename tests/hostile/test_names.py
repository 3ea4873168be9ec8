"""Folders with names that a shell, a glob or a format would take for something else."""

import json
import shutil
from pathlib import Path

import yaml

NAME = "-n $(touch executed) `touch executed`; 'a' \"b\" {input} [c]*? ~ #%s \\ é"
IMAGES, EVENTS = "results/data/digits.npz", "results/data/events.npz"


def assert_made(study, target):
    study.succeed(target)
    assert (study / target).exists()
    assert not list(study.folder.parent.rglob("executed"))


def recordings(study):
    return Path(
        yaml.safe_load((study / "config.yaml").read_text())["data"]["nmnist"][
            "directory"
        ]
    )


def test_a_folder_of_data(fresh):
    shutil.copytree(recordings(fresh), fresh / NAME)
    fresh.configure(data__nmnist__directory=NAME)
    assert_made(fresh, EVENTS)
    origin = json.loads((fresh / "results/data/nmnist/raw/source.json").read_text())
    assert origin["origin"] == NAME


def test_the_project_itself(unrun, tmp_path):
    assert_made(unrun.copy(tmp_path / NAME.replace("{input}", "\n")), IMAGES)


def test_braces_in_the_name_of_the_project(unrun, tmp_path):
    outcome = unrun.copy(tmp_path / NAME).run(IMAGES)
    assert outcome.code != 0 and outcome.jobs == []
    assert f"The project's folder is {tmp_path / NAME}, but Snakemake" in outcome.text
    assert "Traceback" not in outcome.text
