"""The same network computed by two engines: what is equal, and that both are shown."""

from pathlib import Path

import pandas as pd
import pytest
import torch

from tests.workflow.comparison import learned
from tests.workflow.study import TABLES

TWIN = ("snn", "snn-events")
# Where a sum is a tie but for its order, a spike may come or not: one of hundreds,
# which may turn one sample of the 12 that validate.
ONE_SPIKE, ONE_SAMPLE = 0.01, 1 / 12 + 1e-9


@pytest.fixture(scope="module")
def both(complete, make_once):
    """The study with its fully connected network computed by events too."""

    def run(folder: Path) -> None:
        study = complete.copy(folder)
        study.configure(networks__snn__also_on=["events"])
        outcome = study.run(TABLES, "figures", "results/report.html")
        assert outcome.code == 0, outcome.text
        assert outcome.jobs == [
            *("figure[anytime1]", "figure[architecture_snn-events]", "figure[energy]"),
            *("figure[experiment1]", "report", "tables"),
            *("test[snn-events, 0]", "train[snn-events, 0]"),
        ]

    return make_once("engines", run)


def test_both_learn_the_same_from_the_same(both):
    """Weights, split, batches and rate code depend on the seed alone."""
    for columns, margin in {
        "accuracy|share": {"abs": ONE_SAMPLE},
        "loss|spikes": {"rel": ONE_SPIKE},
    }.items():
        first, again = (
            learned(both.of_run(network, "epochs.csv")).filter(regex=columns).iloc[0]
            for network in TWIN
        )
        assert len(first) >= 6
        assert first.to_numpy() == pytest.approx(again.to_numpy(), **margin)


def test_tables_and_figure_show_both(both):
    for name in ("training", "test"):
        table = pd.read_csv(both / f"results/tables/{name}.csv").set_index("network")
        assert list(table.loc[[*TWIN, "ann"], "engine"]) == [
            *("snntorch", "events", "plain"),
        ]
        latex = (both / f"results/tables/{name}.tex").read_text()
        assert "SNN (events) & events & MNIST" in latex
    ratios = pd.read_csv(both / "results/tables/ratios.csv").set_index("network")
    assert list(ratios.loc[[*TWIN], "reference"]) == ["ann", "ann"]
    assert (ratios.loc[[*TWIN], "epoch_s_ratio"] > 0).all()
    page = (both / TABLES).read_text()
    assert "| exp 1: SNN (events) / ANN | events / plain |" in page
    assert "Engine: plain is PyTorch alone" in page
    assert "SNN (events)" in (both / "results/figures/experiment1.svg").read_text()


@pytest.mark.skipif(torch.cuda.is_available(), reason="the engine scan fits a GPU")
def test_an_engine_that_does_not_fit_the_machine_fails_in_one_line(fresh):
    fresh.configure(device="auto", training__engine="scan")
    outcome = fresh.run("results/runs/snn/seed0/train.json")
    assert outcome.code != 0
    said = "engine is 'scan' but must be one of auto, snntorch, events for the device"
    assert any(said in line for line in outcome.text.splitlines())
    assert not (fresh / "results/runs/snn/seed0/epochs.csv").exists()
