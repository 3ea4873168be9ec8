import numpy as np
import pandas as pd
import pytest

from spikemeter.files import read_json, write_json
from spikemeter.report.runs import by_network
from tests.report.made_up import (
    CPU,
    GPU,
    Study,
    change,
    change_epochs,
    record_epochs,
    write_epochs,
)

RUN = "exp1_snn/seed0"


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
    change(study.folder / RUN / name, key="old")
    found = rf"{name} is damaged \(made from other settings"
    with pytest.raises(ValueError, match=found):
        study.read()


@pytest.mark.parametrize("name", ["train.json", "test.json"])
def test_refuses_a_file_of_another_run(study, name):
    change(study.folder / RUN / name, seed=7)
    with pytest.raises(ValueError, match="it is of exp1_snn, seed 7"):
        study.read()


def test_refuses_damaged_json(study):
    path = study.folder / RUN / "test.json"
    path.write_text(path.read_text()[:-40])
    with pytest.raises(ValueError, match=r"test\.json is damaged"):
        study.read()


def test_refuses_epochs_that_the_training_did_not_write(study):
    path = study.folder / RUN / "epochs.csv"
    path.write_text(path.read_text().replace("0.5", "0.6", 1))
    with pytest.raises(ValueError, match=r"epochs\.csv is damaged \(its checksum diff"):
        study.read()


# --- What a file with a right checksum may not hold ----------------------------------


def edited(values, path, value):
    """Return ``values`` with the one at a key path replaced."""
    key, _, rest = path.partition(".")
    inner = edited(values[key], rest, value) if rest else value
    return values | {key: inner}


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("parameters", "3190", "parameters is '3190' but must be a whole number"),
        ("parameters", 3189, "parameters is 3189 but layers 4-10 have 3190"),
        ("best_epoch", 0, "best_epoch is 0 but must be at least 1"),
        ("best_epoch", 1, "best_epoch of train.json is 1 but epoch 2 of epochs.csv"),
        ("engine", "plain", "engine of train.json is plain but must be snntorch"),
        ("sessions", None, "sessions is None but must be a whole number"),
        ("lost", [{"seconds": -1, "energy_j": None}], r"lost\[0\].seconds is -1 but"),
        ("missing", {}, r"reading\.energy_j is null but missing tells no reason"),
        ("data.stand_in", 0, "data.stand_in is 0 but must be true or false"),
        ("data.test_samples", 1000, "samples of test.json is 10000 but data.test_"),
        ("data.source", "web", "data.source is 'web' but must be one of sample, npm"),
        ("conditions.device", "tpu", "conditions.device is 'tpu' but must be one of"),
        ("conditions.idle_w", None, "conditions.idle_w is null but missing tells no"),
        ("spec.layers", "4-x", r"spec.layers: 'x' \(layer 2\) is not a layer"),
        ("spec.steps", None, "spec.steps is None but spec.neuron is lif"),
        ("spec.epochs", 3, "its epochs are 1 to 2, not 1 to 3"),
        ("reading.power_w", 5.0, "power_w is 5.0 but missing tells why there is none"),
        ("reading.seconds", 0, "reading.seconds is 0 but must be greater than 0"),
        ("reading.notes", "none", "reading.notes is 'none' but must be a list"),
    ],
)
def test_refuses_what_a_training_cannot_have_written(study, path, value, message):
    file = study.folder / RUN / "train.json"
    values = edited(read_json(file), path, value)
    if path == "conditions.idle_w":
        values["missing"].pop("idle_w")
    write_json(file, values)
    with pytest.raises(ValueError, match=rf"is damaged \(.*{message}"):
        study.read()


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("accuracy", 0.91, r"accuracy is 0.91 but confusion gives 0\.9\b"),
        ("accuracy", True, "accuracy is True but must be a number"),
        ("recall_macro", 0.8, "recall_macro is 0.8 but confusion gives 0.9"),
        ("f1_macro", 0.9, "f1_macro is 0.9 but confusion gives 0.91"),
        ("f1_paper", 1.0, "f1_paper is 1.0 but confusion gives 0.9"),
        ("samples", 9999, "samples is 9999 but confusion counts 10000"),
        ("confusion", [[1, 2], [3, 4, 5]], "confusion is not square"),
        ("confusion", [[-1, 2], [3, 4]], r"confusion\[0\]\[0\] is -1 but must be at"),
        ("confusion", [[2**62] * 4] * 4, "samples is 10000 but confusion counts"),
        ("confusion", [[5000, 0], [0, 5000]], "accuracy is 0.9 but confusion gives 1"),
        ("tied", 10001, "silent is 20 and tied 10001 of 10000 samples"),
        ("silent", 51, "silent is 51 and tied 50 of 10000 samples"),
        ("silent", None, "silent is None but engine is snntorch"),
        ("engine", "events", "engine of test.json is events but must be snntorch"),
        ("seconds", 0.04, "seconds is 0.04 but reading and passes give 0.08"),
        ("passes", 50, "seconds is .* but reading and passes give"),
        ("energy_per_pass_j", None, "energy_per_pass_j is None but reading and"),
        ("spikes_per_neuron_step", [0.5], "has 1 entries but must have 2"),
        ("spikes_per_neuron_step", [0.5, 1.5], r"step\[1\] is 1.5 but must be at most"),
        ("reading.energy_j", 1.0, "reading.energy_j is 1.0 but the energy that was"),
        ("reading.energy_source", None, "reading.energy_source is None but reading.en"),
        ("reading.power_w", 1.0, "reading.power_w is 1.0 but energy by time is 125"),
        ("reading.memory_pct", 26.0, "memory_pct is 26.0 but memory_max_pct is 25.0"),
        ("reading.memory_pct", 101, "reading.memory_pct is 101 but must be at most"),
        ("reading.memory_pct", None, "reading.memory_pct is null but missing tells"),
        ("conditions", {}, "conditions lacks device, board, driver"),
    ],
)
def test_refuses_what_a_test_cannot_have_written(study, path, value, message):
    file = study.folder / RUN / "test.json"
    write_json(file, edited(read_json(file), path, value))
    with pytest.raises(ValueError, match=rf"is damaged \(.*{message}"):
        study.read()


# --- epochs.csv ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("epoch", 5, "row 2 is of epoch 5"),
        ("seconds", np.nan, "seconds is '' but must be a number from 0 to inf"),
        ("seconds", -1, "seconds is '-1' but must be a number"),
        ("seconds", 0, "row 2: seconds is 0.0 but must be greater than 0"),
        ("val_accuracy", "oops", "row 2: val_accuracy is 'oops' but"),
        ("val_accuracy", True, "val_accuracy is 'True' but must be a number from 0"),
        ("val_accuracy", 1.5, "val_accuracy is '1.5' but must be a number from 0 to 1"),
        ("power_w", np.inf, "power_w is 'inf' but"),
        ("power_w", "nan", "power_w is 'nan' but"),
        ("power_w", "1_0", "power_w is '1_0' but"),
        ("power_w", 29.0, "row 2: power_w is 29.0 but energy by time is 30.0"),
        ("memory_pct", 101, "memory_pct is '101' but must be a number from 0 to 100"),
        ("energy_disagreement_pct", "much", "energy_disagreement_pct is 'much' but"),
    ],
)
def test_refuses_a_damaged_row(study, column, value, message):
    table = pd.read_csv(study.folder / RUN / "epochs.csv").astype(object)
    table.loc[1, column] = value
    write_epochs(study.folder / RUN, table)
    with pytest.raises(ValueError, match=r"epochs\.csv is damaged") as caught:
        study.read()
    assert message in str(caught.value)


@pytest.mark.parametrize("cut", [1, 5, 12, 60, 10_000])
def test_refuses_a_cut_table(study, cut):
    path = study.folder / RUN / "epochs.csv"
    path.write_text(path.read_text()[:-cut])
    record_epochs(study.folder / RUN)
    with pytest.raises(ValueError, match=r"epochs\.csv is damaged"):
        study.read()


@pytest.mark.parametrize(
    ("change_lines", "message"),
    [
        (
            lambda head, *rows: [head, *(row + ",7" for row in rows)],
            "row 1 has 28 of 27",
        ),
        (lambda head, *rows: ["7," + head, *rows], "row 1 has 27 of 28 cells"),
        (lambda head, *rows: [head], "its epochs are 1 to 0, not 1 to 2"),
        (lambda head, *rows: [head + ",epoch", *(r + ",1" for r in rows)], "same name"),
        (
            lambda head, *rows: [head.replace("power_w", "powr_w"), *rows],
            "power_w miss",
        ),
        (lambda head, *rows: [head, rows[0], '"' + rows[1]], "unexpected end of data"),
    ],
)
def test_refuses_a_table_of_another_shape(study, change_lines, message):
    path = study.folder / RUN / "epochs.csv"
    path.write_text("\n".join([*change_lines(*path.read_text().splitlines()), ""]))
    record_epochs(study.folder / RUN)
    with pytest.raises(ValueError, match=r"epochs\.csv is damaged") as caught:
        study.read()
    assert message in str(caught.value)


def test_refuses_a_table_that_is_no_text(study):
    (study.folder / RUN / "epochs.csv").write_bytes(b"\xff\xfe\n")
    record_epochs(study.folder / RUN)
    with pytest.raises(ValueError, match=r"epochs\.csv is damaged \('utf-8' codec"):
        study.read()


def test_empty_cells_need_a_reason(study):
    change_epochs(study.folder / RUN, memory_pct=None)
    with pytest.raises(ValueError, match="memory_pct has empty cells but missing of"):
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
