"""What the study leaves: every table and figure, the same each time."""

import re

import pandas as pd
import pytest

from tests.workflow.comparison import contents
from tests.workflow.study import DRAWN, TABLES

FORMATS = {"svg": b"<?xml", "pdf": b"%PDF", "png": b"\x89PNG"}
NETWORKS = ("ann", "snn", "nmnist")
SHOWN = (
    *("training", "test", "ratios", "energy", "activity"),
    *("operations", "layers", "estimates", "anytime"),
)


def test_every_figure_in_every_format(complete):
    folder = complete / "results/figures"
    found = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(found) == {f"{name}.{kind}" for name in DRAWN for kind in FORMATS}
    for name, content in found.items():
        assert content.startswith(FORMATS[name.rpartition(".")[2]])


def test_every_table_as_csv_and_latex(complete):
    found = {path.name for path in (complete / "results/tables").iterdir()}
    files = {f"{name}.{kind}" for name in SHOWN for kind in ("csv", "tex")}
    assert found == files | {"anytime_steps.csv", "claims.csv"}
    steps = pd.read_csv(complete / "results/tables/anytime_steps.csv")
    assert steps["network"].tolist() == ["snn"] * 5 + ["nmnist"] * 10
    training = pd.read_csv(complete / "results/tables/training.csv")
    assert list(training["network"]) == list(NETWORKS)


def test_the_page_says_what_was_measured_on_what(complete):
    page = (complete / TABLES).read_text()
    assert "Data (ann, snn): MNIST sample: 60 training and" in page
    assert "N-MNIST, from a directory, unverified: 20 training and" in page
    assert "source directory, not verified" in page
    assert re.search(r"– not metered, .+: .*power W of training", page)


def test_a_study_without_published_rows_does_not_speak_of_the_paper(complete):
    assert pd.read_csv(complete / "results/tables/claims.csv").empty
    for name in (TABLES, "results/claims.md", "results/report.html"):
        assert "the paper" not in (complete / name).read_text().lower()


def test_nothing_is_left_over(complete):
    """No temporary files, no checkpoints."""
    assert not list((complete / "results").rglob(".*"))
    assert not list((complete / "results").rglob("resume"))


@pytest.mark.slow
def test_the_same_study_gives_the_same_results(complete, fresh):
    fresh.succeed(TABLES)
    found, before = contents(fresh), contents(complete)
    assert found == {name: before[name] for name in found}
