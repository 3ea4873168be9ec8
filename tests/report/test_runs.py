import numpy as np
import pandas as pd
import pytest

from spikemeter import files, read_study
from spikemeter.report.runs import group_by_network
from tests.report.made_up import Study, change, change_epochs

RUN = "exp1_snn/seed0"


def test_reads_all_runs_in_order(tmp_path):
    study = Study(tmp_path, [3, 1])
    study.add("b", "B")
    study.add("a", "A", experiment=2)
    runs = study.read()
    found = [f"{run.network}{run.seed}" for run in runs]
    assert found == ["b3", "b1", "a3", "a1"]
    assert (runs[2].experiment, runs[2].label) == (2, "A")
    assert list(group_by_network(runs)) == ["b", "a"]


def test_reads_a_study_without_its_config(tmp_path):
    study = Study(tmp_path / "runs", [10, 9])
    study.add("b", "B")
    study.add("a", "A", neuron="relu")
    (tmp_path / "runs/a/seed9/test.json").unlink()  # it is not finished
    runs = read_study(tmp_path)
    found = [(run.network, run.seed, run.label) for run in runs]
    assert found == [("a", 10, "a"), ("b", 9, "b"), ("b", 10, "b")]
    assert [run.spiking for run in runs] == [False, True, True]
    study.spec["order"] = ["b"]
    pd.testing.assert_frame_equal(runs[1].epochs, study.read()[1].epochs)


def test_a_study_without_a_finished_run(tmp_path):
    with pytest.raises(ValueError, match="has no finished run"):
        read_study(tmp_path)


@pytest.mark.parametrize("name", ["train.json", "test.json"])
@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ({"key": "old"}, r" is damaged \(made from other settings"),
        ({"seed": 7}, ".*it is of exp1_snn, seed 7"),
    ],
)
def test_refuses_a_file_of_other_settings_or_another_run(study, name, entry, found):
    change(study.folder / RUN / name, **entry)
    with pytest.raises(files.DamagedFileError, match=name + found):
        study.read()


@pytest.mark.parametrize("name", ["train.json", "test.json"])
def test_refuses_a_file_of_another_format(study, monkeypatch, name):
    monkeypatch.setattr(files, "FORMAT", 1)
    with pytest.raises(ValueError, match=r"json has format 3 but .* reads format 1"):
        study.read()


@pytest.mark.parametrize("name", ["train.json", "test.json", "epochs.csv", "steps.csv"])
@pytest.mark.parametrize("cut", [1, 40, 600])
def test_refuses_a_cut_file(study, name, cut):
    path = study.folder / RUN / name
    path.write_text(path.read_text()[:-cut])
    damaged = f"{name} is damaged .*: delete it"
    with pytest.raises(files.DamagedFileError, match=damaged):
        study.read()


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [("epochs.csv", "0.5", "0.6"), ("steps.csv", "9000", "9001")],
)
def test_refuses_a_table_that_the_run_did_not_write(study, name, old, new):
    path = study.folder / RUN / name
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(files.DamagedFileError, match=rf"{name} .*its checksum differs"):
        study.read()


def test_steps_are_whole_numbers_where_the_network_has_them(study):
    ann, snn = (run.steps for run in study.read()[:2])
    assert snn["step"].tolist() == list(range(1, 26))
    assert (snn.drop(columns="correct").dtypes == np.int64).all()
    scores = ["correct", "correct_lowest_index", "tied", "silent"]
    assert snn.iloc[-1][scores].tolist() == [9000, 9000, 50, 20]
    assert len(ann) == 1
    empty = {"silent", "stage1_spikes", "stage2_spikes"}
    empty |= {"stage1_synaptic_events", "stage2_synaptic_events"}
    assert set(ann.columns[ann.isna().all()]) == empty
    assert (ann.drop(columns=["correct", *empty]).dtypes == np.int64).all()
    assert list(ann.columns) == list(snn.columns)


def test_epochs_are_numbers_and_texts(study):
    epochs = study.read()[2].epochs
    texts = {"energy_source", "missing", "notes"}
    assert set(epochs.select_dtypes(exclude=float)) == texts
    assert (epochs["energy_source"] == "").all()
    assert epochs["seconds"].tolist() == [1.0, 3.0]


def test_a_number_is_read_to_its_last_digit(study):
    seconds = 1.2345678901234567e-7
    change_epochs(study.folder / RUN, seconds=seconds)
    assert study.read()[1].epochs["seconds"].tolist() == [seconds] * 2


def test_what_was_not_metered_is_nan_with_its_reason(study):
    run = study.read()[2]
    assert run.epochs["power_w"].isna().all()
    assert run.reason("power_w", "train") == "no RAPL on this machine"
    assert run.reason("other", "test") == "no reason recorded"
