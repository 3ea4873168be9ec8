"""What a run records of its making, and where it goes when another replaces it."""

import os

import pytest

from spikemeter.files import write_json
from spikemeter.study.finished import (
    Record,
    archive_run,
    describe_replaced,
    read_parts,
)
from spikemeter.study.strict_yaml import is_whole_study


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "runs/snn/seed3"
    folder.mkdir(parents=True)
    for name in ("epochs.csv", "steps.csv", "model.pt", "power.csv"):
        (folder / name).write_text(name)
    write_train(folder, "aa")
    write_test(folder, "aa")
    return folder


def write_train(folder, model):
    told = {"key": "k", "settings": "s", "data": {"arrays_sha256": "d"}}
    told |= {"files": {"model.pt": model}, "reading": {"seconds": 7200.0}}
    write_json(folder / "train.json", told)


def write_test(folder, model):
    told = {"key": "t", "settings": "s", "model_sha256": model, "reading": None}
    write_json(folder / "test.json", told)


def test_reads_what_a_run_was_made_from(run):
    assert read_parts(run) == {
        "train": Record("k", "s", "aa", "d", 7200.0),
        "test": Record("t", "s", "aa"),
    }


def test_a_test_of_an_earlier_training_is_none(run):
    write_train(run, "bb")
    assert list(read_parts(run)) == ["train"]


@pytest.mark.parametrize(
    ("gone", "left"),
    [
        ("train.json", []),
        ("epochs.csv", []),
        ("steps.csv", ["train"]),
        ("model.pt", ["train", "test"]),
    ],
)
def test_what_is_finished_needs_the_files_of_a_report(run, gone, left):
    (run / gone).unlink()
    assert list(read_parts(run)) == left


def test_a_damaged_or_foreign_file(run, monkeypatch):
    (run / "test.json").write_text("{")
    assert read_parts(run)["test"] == Record(damaged=True)
    monkeypatch.setattr("spikemeter.files.FORMAT", 99)
    assert read_parts(run)["train"] == Record()


@pytest.mark.parametrize("links", [True, False])
def test_archives_a_run_once_and_whole(run, tmp_path, monkeypatch, links):
    if not links:

        def refuse(*_):
            raise PermissionError

        monkeypatch.setattr(os, "link", refuse)
    archive = tmp_path / "archive"
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    for _ in range(2):
        archive_run(run, read_parts(run), archive)
    (kept,) = (archive / "snn/seed3").iterdir()
    assert {path.name: path.read_bytes() for path in kept.iterdir()} == before
    # Nothing in the archive changes when the run is replaced.
    for path in run.iterdir():
        path.unlink()
    write_train(run, "cc")
    (run / "epochs.csv").write_text("new")
    archive_run(run, read_parts(run), archive)
    assert {path.name: path.read_bytes() for path in kept.iterdir()} == before
    assert len(list((archive / "snn/seed3").iterdir())) == 2


def test_says_what_is_replaced_in_hours():
    runs = [("snn", 0, 3600.0), ("snn", 1, 9000.0), ("ann", 0, 0.0)]
    told = describe_replaced(runs)
    assert told.startswith("3 finished runs (3.50 h of training and testing) will not")
    assert "snn, seed 0, 1; ann, seed 0." in told
    assert describe_replaced([]) == ""


@pytest.mark.parametrize(
    ("networks", "whole"),
    [
        ({"a": {"layers": "10"}, "b": {"layers": "9"}}, True),
        ({"a": {"layers": "10"}, "b": {"epochs": 9}}, False),
        ({}, False),
        (None, False),
        ([1], False),
        ({"a": 1}, False),
    ],
)
def test_a_config_of_whole_networks_needs_no_other(networks, whole):
    assert is_whole_study({"networks": networks}) is whole
