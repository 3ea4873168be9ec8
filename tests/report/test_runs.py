import json

import numpy as np
import pandas as pd
import pytest

from spikemeter.report.runs import by_network
from tests.report.made_up import CPU, GPU, Study


def change(path, **values):
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_reads_all_runs_in_order(tmp_path):
    study = Study(tmp_path, [3, 1])
    study.add("b", "B")
    study.add("a", "A", experiment=2)
    runs = study.read()
    assert [(run.network, run.seed) for run in runs] == [
        ("b", 3),
        ("b", 1),
        ("a", 3),
        ("a", 1),
    ]
    assert (runs[2].experiment, runs[2].label) == (2, "A")
    assert list(by_network(runs)) == ["b", "a"]


@pytest.mark.parametrize("name", ["train.json", "test.json"])
def test_refuses_a_file_from_other_settings(study, name):
    change(study.folder / "exp1_snn/seed0" / name, key="old")
    with pytest.raises(ValueError, match=f"{name} was made from other settings"):
        study.read()


@pytest.mark.parametrize("name", ["train.json", "test.json"])
def test_refuses_a_file_of_another_run(study, name):
    change(study.folder / "exp1_snn/seed0" / name, seed=7)
    with pytest.raises(ValueError, match="it is of exp1_snn, seed 7"):
        study.read()


def test_refuses_damaged_json(study):
    path = study.folder / "exp1_snn/seed0/test.json"
    path.write_text(path.read_text()[:-40])
    with pytest.raises(ValueError, match=r"test\.json is damaged"):
        study.read()


def test_refuses_json_without_a_value(study):
    path = study.folder / "exp1_snn/seed0/train.json"
    content = json.loads(path.read_text())
    del content["data"]
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match="data missing"):
        study.read()


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("epoch", 5, "epochs are not 1 to 2"),
        ("seconds", np.nan, "not a finite number"),
        ("val_accuracy", "oops", "oops"),
        ("power_w", np.inf, "infinite"),
    ],
)
def test_refuses_a_damaged_row(study, column, value, message):
    path = study.folder / "exp1_snn/seed0/epochs.csv"
    table = pd.read_csv(path).astype(object)
    table.loc[1, column] = value
    table.to_csv(path, index=False)
    with pytest.raises(ValueError, match=message):
        study.read()


@pytest.mark.parametrize("cut", [1, 5, 12, 60, 10_000])
def test_refuses_a_cut_table(study, cut):
    path = study.folder / "exp1_snn/seed0/epochs.csv"
    path.write_text(path.read_text()[:-cut])
    with pytest.raises(ValueError, match=r"epochs\.csv is damaged"):
        study.read()


def test_what_was_not_metered_is_nan_with_its_reason(study):
    run = study.read()[2]
    assert run.epochs["power_w"].isna().all()
    assert run.reason("power_w", "train") == "no RAPL on this machine"
    assert run.reason("other", "test") == "no reason recorded"


def test_machines_differ_by_board(tmp_path):
    study = Study(tmp_path, [0])
    study.add("a", "A", conditions=GPU)
    study.add("b", "B", conditions=CPU)
    first, second = study.read()
    assert first.machine("train") != second.machine("train")
