"""What a change makes Snakemake run again: exactly what depends on it."""

import os
from pathlib import PurePath

import pytest
import yaml

from tests.workflow.study import DRAWN, SPIKING, TABLES

ANN = ["test[ann, 0]", "train[ann, 0]"]
SNN = ["test[snn, 0]", "train[snn, 0]"]
NMNIST = ["test[nmnist, 0]", "train[nmnist, 0]"]


def drawn(*names):
    """The jobs of figures."""
    return [f"figure[{name}]" for name in names]


CURVES = drawn("experiment1", "experiment3")
ANYTIME = drawn("anytime1", "anytime3")
# What shows every network; the page of the report, every figure and the config too.
PAGE = ["report"]
WHOLE = ["claims", *drawn("energy"), *PAGE, "tables"]
REPORT = [*ANYTIME, *CURVES, *WHOLE]
TRAININGS = [job for job in ANN + SNN + NMNIST if job.startswith("train")]
TESTS = [job for job in ANN + SNN + NMNIST if job.startswith("test")]


def over(experiment):
    """The figures of an experiment, over the steps and over the epochs."""
    return drawn(f"anytime{experiment}", f"experiment{experiment}")


EVENTS = ["prepare[events]", *NMNIST, *over(3), *drawn("saccades"), *WHOLE]
CONFIG_CHANGES = {
    "a network's setting": ({"networks__snn__beta": 0.5}, [*SNN, *over(1), *WHOLE]),
    "frames of the recordings": ({"inputs__events__window_us": 20000}, EVENTS),
    "source of a data set that is not used": (
        {"data__cifar10": {"source": "official"}},
        PAGE,
    ),
    "an experiment less": ({"experiments__3__enabled": False}, WHOLE),
    "a second seed": (
        {"seeds": [0, 1]},
        [job.replace("0", "1") for job in (*TRAININGS, *TESTS)] + REPORT,
    ),
    "a new network": (
        {"networks__long": SPIKING | {"label": "long SNN", "steps": 6}},
        [
            *drawn("architecture_long"),
            *("test[long, 0]", "train[long, 0]", *over(1), *WHOLE),
        ],
    ),
    "defaults written out": (
        {
            "training__beta": 0.8,
            "networks__snn__reset": "subtract",
            "networks__ann__padding": "valid",
            "networks__ann__enabled": True,
        },
        [],
    ),
    "numbers written otherwise": ({"networks__snn__learning_rate": 1e-3}, []),
}


@pytest.mark.parametrize(
    ("change", "jobs"), CONFIG_CHANGES.values(), ids=CONFIG_CHANGES
)
def test_config_change(study, change, jobs):
    study.configure(**change)
    assert study.plan() == sorted(jobs)


def test_nothing_to_do_after_a_run(complete):
    assert complete.plan() == []
    assert complete.plan("all") == []


def test_same_values_from_an_overlay(study):
    """Keys in another order, of which the rows of the tables take no notice."""
    overlay = yaml.safe_load((study / "config.yaml").read_text())
    overlay["networks"]["snn"]["beta"] = overlay["training"]["beta"] = 0.8
    (study / "overlay.yaml").write_text(yaml.safe_dump(overlay, sort_keys=True))
    study.configure(training__batch_size=99, networks__snn__beta=0.1, figures__dpi=99)
    assert study.plan(TABLES, "figures", "--configfile", "overlay.yaml") == []


def test_a_network_left_out(study):
    study.configure(networks__snn__enabled=False)
    assert study.plan() == sorted([*drawn("experiment1"), *WHOLE])
    assert study.run(TABLES).jobs == ["tables"]
    assert " ANN " in (study / TABLES).read_text()
    for name in ("tables.md", "tables/training.csv", "tables/activity.csv"):
        assert "SNN," not in (study / f"results/{name}").read_text()
        assert "| SNN " not in (study / f"results/{name}").read_text()


def test_an_experiment_that_is_switched_on(study):
    latency = SPIKING | {"experiment": 4, "encoding": "latency"}
    four = {"title": "Encodings", "enabled": False}
    study.configure(networks__latency=latency, experiments__4=four)
    assert study.plan() == PAGE
    switched = "experiments=[4, 1, 3]"
    assert study.plan(TABLES, "figures", "--config", switched) == [
        *drawn("anytime4", "architecture_latency", "energy", "experiment4"),
        *("tables", "test[latency, 0]", "train[latency, 0]"),
    ]


LIBRARY = "workflow_scripts/spikemeter"
# What is added at the end of a file of the library, and what reruns.
ADDED = {
    ".py": "\nADDED = 1\n",
    ".css": "\n\n",
    ".j2": "\n\n",
    ".mplstyle": "lines.linewidth: 3\n",
}
ADDITIONS = {
    "training/run.py": [*TRAININGS, *TESTS, *REPORT],
    "training/testing.py": [*TESTS, *REPORT],
    "report/formats.py": ["claims", *PAGE, "tables"],
    "report/claims/claim.py": ["claims", *PAGE],
    "report/energy/estimates.py": [*ANYTIME, *WHOLE],
    "report/page/render.py": PAGE,
    "report/page/page.css": PAGE,
    "report/page/page.html.j2": PAGE,
    "report/figures/spikemeter.mplstyle": [*drawn(*DRAWN), *PAGE],
    "datasets/events.py": EVENTS,
    "files.py": [
        *("fetch_mnist", "prepare[events]", "prepare[digits]"),
        *(*TRAININGS, *TESTS, *drawn(*DRAWN), *PAGE, "claims", "tables"),
    ],
    "../tables.py": ["tables"],
}


@pytest.mark.parametrize(("file", "jobs"), ADDITIONS.items(), ids=ADDITIONS)
def test_addition(study, file, jobs):
    study.append(f"{LIBRARY}/{file}", ADDED[PurePath(file).suffix])
    assert study.plan() == sorted(jobs)


def test_comments_layout_and_docstrings_do_not_matter(study):
    run = f"{LIBRARY}/training/run.py"
    study.edit(run, "epoch by epoch, metered and resumable.", "in another word.")
    for file in (run, "workflow_scripts/train.py", "rules/data.smk"):
        study.append(file, "\n# a comment\n")
    assert study.plan() == []


def test_touched_files_do_not_matter(study):
    for folder in ("workflow_scripts", "rules", "results/data", "results/runs"):
        for path in study.folder.joinpath(folder).rglob("*"):
            if path.is_file():
                os.utime(path)
    os.utime(study / "config.yaml")
    assert study.plan() == []


def test_a_published_constant(study):
    study.edit("resources/chips.yaml", "energy_pj: 23.6", "energy_pj: 23.7")
    assert study.plan() == [*ANYTIME, *drawn("energy"), *PAGE, "tables"]


def test_changed_data_are_noticed(study):
    """A raw file with another content: what is made from it, but no finished run."""
    with (study / "results/data/mnist/raw/train-labels-idx1-ubyte").open("r+b") as raw:
        raw.seek(-1, os.SEEK_END)
        raw.write(b"\x05")
    assert study.plan() == ["figure[examples]", "prepare[digits]", "report"]
    assert "is damaged (its checksum differs)" in study.run("figures").text
