"""The tables print the energy that a scripted board drew, gross and net of idle."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from spikemeter.files import read_json
from tests.metering.conftest import fake_library  # noqa: F401 - a fixture
from tests.workflow.command import Call
from tests.workflow.study import TABLES

BOARD = Path(__file__).with_name("scripted_board.py")
IDLE_W, WORK_W, EPOCHS = 25, 125, 2


@pytest.fixture
def metered(fresh, fake_library, tmp_path):  # noqa: F811 - the fixture
    """The study of one network after 10 s of training and 10 s of test."""
    modules = fresh / "workflow_scripts/spikemeter"
    shutil.copy(BOARD, modules / "metering")
    board = "\n\nfrom spikemeter.metering.scripted_board import"
    fresh.append(f"{modules}/metering/machine.py", f"{board} open_source\n")
    work = f"{board} work\n\nrun_pass = work(run_pass)\n"
    fresh.append(f"{modules}/training/loop.py", work)
    config = yaml.safe_load((fresh / "config.yaml").read_text())
    network = config["networks"]["ann"] | {"epochs": EPOCHS}
    meter = {"baseline_s": 2.0, "test_min_s": 10.0, "test_max_passes": 1000}
    experiments = {"1": {"title": "Made"}}
    fresh.configure(networks={"ann": network}, experiments=experiments, meter=meter)
    watts = {"IDLE_W": str(IDLE_W), "WORK_W": str(WORK_W)}
    told = {"FAKE_NVML": str(fake_library), "PASSES": str(tmp_path), **watts}
    outcome = Call(fresh.folder, (TABLES,), told).wait()
    assert outcome.code == 0, outcome.text
    return fresh


def test_gross_and_net_energy_are_what_the_board_drew(metered, tmp_path):
    run = metered / "results/runs/ann/seed0"
    test = read_json(run / "test.json")
    trained, tested = (np.loadtxt(tmp_path / part) for part in ("train", "test"))
    seconds = read_json(run / "train.json")["reading"]["seconds"]
    inferences = test["passes"] * test["samples"]
    work_j = (WORK_W - IDLE_W) * trained.sum() / EPOCHS
    metered_passes = tested[-test["passes"] :]
    inference_j = (WORK_W - IDLE_W) * metered_passes.sum() / inferences
    true = {
        "net_epoch_energy_j": work_j,
        "epoch_energy_j": work_j + IDLE_W * seconds / EPOCHS,
        "net_inference_energy_j": inference_j,
        "inference_energy_j": inference_j
        + IDLE_W * test["reading"]["seconds"] / inferences,
    }
    (found,) = pd.read_csv(metered / "results/tables/energy.csv").to_dict("records")
    for name, joules in true.items():
        assert found[name] == pytest.approx(joules, rel=0.02), name
        assert found[f"{name}_low"] < joules < found[f"{name}_high"]
    page = (metered / TABLES).read_text()
    row = page.partition("Measured energy")[2].partition("| ANN")[2].splitlines()[0]
    assert row.count("±") == len(true)
