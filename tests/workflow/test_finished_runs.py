"""A finished run is made again only if its key is not the present one, and is kept."""

import json
import os
import time

import pytest
import yaml

from spikemeter import read_study
from tests.workflow.study import ROOT, TABLES, WHOLE, Study

EXAMPLES = {"figure[examples]", "figure[saccades]"}


def contents(folder):
    """The bytes of all files below a folder, by their paths in it."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def archived(study, network):
    """The archived runs of a network, oldest first."""
    return sorted(study.folder.glob(f"results/archive/{network}/seed0/*"))


@pytest.fixture
def laptop(study):
    """Another machine: the workflow and the runs alone, all as old as can be."""
    runs = study / "results/runs"
    runs.rename(study / "runs")
    study.remove("results", ".snakemake")
    runs.parent.mkdir()
    (study / "runs").rename(runs)
    for path in runs.rglob("*"):
        os.utime(path, (1e9, 1e9))
    return study


def test_a_report_from_runs_alone(laptop, complete):
    planned = laptop.plan()
    assert not [job for job in planned if job.startswith(("fetch", "prep", "tr", "te"))]
    assert EXAMPLES.isdisjoint(planned)
    before = contents(laptop / "results/runs")
    laptop.succeed(*WHOLE)
    assert contents(laptop / "results/runs") == before
    assert (laptop / TABLES).read_text() == (complete / TABLES).read_text()
    page = (laptop / "results/report.html").read_text()
    assert "not on the machine that wrote this page: examples, saccades" in page
    assert laptop.plan() == []
    # Asked for by name, they are drawn from the data, and nothing is trained for it.
    drawn = ["fetch_mnist", "figure[examples]", "prepare[digits]"]
    assert laptop.plan("results/figures/examples.svg") == drawn


def test_runs_without_their_models_and_power(laptop):
    for path in (laptop / "results/runs").rglob("*"):
        if path.name in ("model.pt", "power.csv"):
            path.unlink()
    assert not [job for job in laptop.plan() if job.startswith("t") and "[" in job]


def test_data_that_are_newer_and_no_memory_of_jobs(study):
    """All results, copied by something that keeps no times."""
    study.remove(".snakemake")
    later = time.time() + 1000
    for path in (study / "results/data").rglob("*"):
        os.utime(path, (later, later))
    planned = study.plan()
    assert not [job for job in planned if job.startswith(("train", "test"))]


def test_the_old_run_is_kept(study):
    old = contents(study / "results/runs/snn/seed0")
    study.configure(networks__snn__beta=0.5)
    planned = study.run("-n", TABLES)
    assert planned.jobs == ["tables", "test[snn, 0]", "train[snn, 0]"]
    said = "1 finished run (0.00 h of training and testing) will not be used"
    assert said in planned.text
    assert (
        "snn, seed 0. What replaces a run moves it to results/archive/" in planned.text
    )
    assert not (study / "results/archive").exists()
    study.succeed(TABLES)
    (kept,) = archived(study, "snn")
    assert contents(kept) == old
    assert len(read_study(study / "results")) == 3  # the archive is not read
    assert study.run("-n", TABLES).text.count("will not be used") == 0
    # Back to the old settings: the old run is put back, and not made again.
    study.configure(networks__snn__beta=0.8)
    assert study.plan(TABLES) == ["tables", "test[snn, 0]", "train[snn, 0]"]
    study.remove("results/runs/snn/seed0")
    kept.rename(study / "results/runs/snn/seed0")
    assert study.plan(TABLES) == ["tables"]


def test_runs_of_other_settings_that_snakemake_does_not_know(study):
    """Nothing that Snakemake has noted tells that the runs are of other settings."""
    study.remove(".snakemake")
    study.configure(networks__snn__beta=0.5, figures__dpi=51)
    old = contents(study / "results/runs/snn/seed0")
    jobs = ["tables", "test[snn, 0]", "train[snn, 0]"]
    assert study.plan(TABLES) == jobs
    assert study.run(TABLES).jobs == jobs
    assert contents(archived(study, "snn")[0]) == old


@pytest.mark.slow
def test_only_the_test_is_made_again(study):
    old = contents(study / "results/runs/ann/seed0")
    study.configure(meter={"test_max_passes": 3})
    assert study.run(TABLES).code == 0
    now = contents(study / "results/runs/ann/seed0")
    assert now["train.json"] == old["train.json"] != now["test.json"]
    assert contents(archived(study, "ann")[0]) == old


@pytest.mark.slow
def test_again_by_request(study):
    old = contents(study / "results/runs/ann/seed0")
    forced = ("results/runs/ann/seed0/train.json",)
    planned = study.run("-n", TABLES, "--forcerun", *forced)
    assert planned.jobs == ["tables", "test[ann, 0]", "train[ann, 0]"]
    assert "1 finished run (" in planned.text
    study.succeed(TABLES, "--forcerun", *forced)
    assert contents(archived(study, "ann")[0]) == old
    trained = [job for job in study.plan(TABLES, "--forcerun", "train") if "[" in job]
    assert len(trained) == 6
    assert study.plan("results/runs/ann/seed0/test.json") == []
    # Data that are fetched again concern those alone that see them.
    assert study.plan(TABLES, "--forcerun", "fetch_nmnist") == [
        *("fetch_nmnist", "prepare[events]", "tables"),
        *("test[nmnist, 0]", "train[nmnist, 0]"),
    ]


def test_other_data_of_the_same_settings(study):
    """Files of a folder were replaced and fetched again: the runs are of the old."""
    path = study / "results/runs/nmnist/seed0/train.json"
    told = json.loads(path.read_text())
    digest = told["data"]["arrays_sha256"]
    text = path.read_text().replace(digest, "0" * 64)
    from spikemeter.files import write_json  # noqa: PLC0415

    content = json.loads(text)
    del content["format"], content["sha256"]
    write_json(path, content)
    assert study.plan(TABLES) == ["tables", "test[nmnist, 0]", "train[nmnist, 0]"]


@pytest.mark.parametrize(
    "file",
    ["training/run.py", pytest.param("training/testing.py", marks=pytest.mark.slow)],
)
def test_reuse_of_other_code(study, file):
    before = contents(study / "results/runs")
    told = [json.loads(before[f"snn/seed0/{part}.json"]) for part in ("train", "test")]
    study.append(f"workflow_scripts/spikemeter/{file}", "\nADDED = 1\n")
    assert "test[snn, 0]" in study.plan(TABLES)
    reuse = (TABLES, "--config", "reuse=settings")
    assert study.plan(*reuse) == ["tables"]
    study.succeed(*reuse)
    page = (study / TABLES).read_text()
    assert "| SNN ¶ |" in page
    # A change of training/run.py concerns both parts, of testing.py the test alone.
    notes = [line for line in page.splitlines() if line.startswith("- ¶ made by an")]
    phases = ("snn, training", "snn, the test")
    expected = [
        f"{phase} by spikemeter 0.1.0, code {one['code']}" in notes[0]
        for phase, one in zip(phases, told, strict=True)
    ]
    assert len(notes) == 1
    assert expected == [file == "training/run.py", True]
    study.succeed("results/report.html", *reuse[1:])
    assert "SNN ¶" in (study / "results/report.html").read_text()
    assert contents(study / "results/runs") == before
    # Other settings are not accepted.
    study.configure(networks__snn__beta=0.5)
    assert study.plan(*reuse) == ["tables", "test[snn, 0]", "train[snn, 0]"]


@pytest.mark.slow
def test_a_test_of_a_reused_training(study):
    study.append("workflow_scripts/spikemeter/training/run.py", "\nADDED = 1\n")
    study.configure(meter={"test_max_passes": 3}, reuse="settings")
    tests = ["test[ann, 0]", "test[nmnist, 0]", "test[snn, 0]"]
    assert study.run(TABLES).jobs == ["tables", *tests]
    assert study.plan(TABLES) == []
    page = (study / TABLES).read_text()
    assert "accepted by reuse: settings: ann, training by spikemeter 0.1.0" in page
    assert "ann, the test by spikemeter" not in page


# --- Other folders and other workflows -----------------------------------------------

SMALL = {
    "experiments": {"1": {"title": "One"}},
    "device": "cpu",
    "cpu_threads": 1,
    "inputs": {
        "digits": {
            "dataset": "mnist",
            "size": 10,
            "train_samples": 60,
            "test_samples": 20,
        }
    },
    "networks": {
        "small": {
            "experiment": 1,
            "label": "small",
            "input": "digits",
            "layers": "16-10",
            "neuron": "relu",
            "epochs": 1,
        }
    },
}


@pytest.fixture
def elsewhere(tmp_path):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return Study(folder)


def write_config(path, config):
    path.write_text(yaml.safe_dump(config))


SNAKEFILE = ("--snakefile", str(ROOT / "Snakefile"))


@pytest.mark.parametrize(
    "own",
    [
        pytest.param(True, id="own config", marks=pytest.mark.slow),
        pytest.param(False, id="configfile alone"),
    ],
)
def test_a_study_in_another_folder(elsewhere, tmp_path, own):
    """Called from the folder above; a path after --configfile is relative to that."""
    write_config(elsewhere / "config.yaml" if own else tmp_path / "mine.yaml", SMALL)
    given = () if own else ("--configfile", "mine.yaml")
    caller = Study(tmp_path)
    arguments = (*SNAKEFILE, "--directory", str(elsewhere.folder))
    caller.succeed(TABLES, *arguments, *given)
    assert "| small " in (elsewhere / TABLES).read_text()
    assert caller.plan(TABLES, *arguments, *given) == []


def test_the_shipped_study_in_another_folder(elsewhere):
    """Without a config of its own, and with one that is laid over the shipped one."""
    planned = elsewhere.plan(TABLES, *SNAKEFILE)
    assert [job for job in planned if job.startswith("train[exp1_snn")]
    paper = ("--configfile", str(ROOT / "config/paper.yaml"))
    planned = elsewhere.plan(TABLES, *SNAKEFILE, *paper)
    assert "train[exp1_snn, 4]" in planned


MODULE = """
configfile: "outer.yaml"
module study:
    snakefile: {snakefile!r}
{more}
use rule * from study as study_*
rule whole:
    default_target: True
    input: {tables!r}
    output: "copy.md"
    shell: "cp {{input}} {{output}}"
"""


@pytest.mark.parametrize(
    ("config", "prefix"),
    [
        ("config.yaml", "inner"),
        pytest.param("config.yaml", "", marks=pytest.mark.slow),
        pytest.param('config["study"]', "inner", marks=pytest.mark.slow),
        pytest.param('config["study"]', "", marks=pytest.mark.slow),
    ],
)
def test_a_module_of_another_workflow(elsewhere, prefix, config):
    more = [f'    prefix: "{prefix}"'] if prefix else []
    if config == "config.yaml":
        write_config(elsewhere / config, SMALL)
        write_config(elsewhere / "outer.yaml", {"mine": 1})
    else:
        more.append(f"    config: {config}")
        write_config(elsewhere / "outer.yaml", {"mine": 1, "study": SMALL})
    tables = f"{prefix}/{TABLES}".removeprefix("/")
    text = MODULE.format(
        snakefile=str(ROOT / "Snakefile"), more="\n".join(more), tables=tables
    )
    (elsewhere / "Snakefile").write_text(text)
    profile = ("--workflow-profile", str(ROOT / "profiles/default"))
    elsewhere.succeed(*profile)
    assert "| small " in (elsewhere / "copy.md").read_text()
    assert elsewhere.plan("whole", *profile) == []
    forced = ("--forcerun", "study_train")
    trained = ["study_tables", "study_test[small, 0]", "study_train[small, 0]", "whole"]
    assert elsewhere.run("whole", *profile, *forced).jobs == trained
    runs = elsewhere.folder / prefix / "results"
    assert len(list(runs.glob("archive/small/seed0/*/model.pt"))) == 1
