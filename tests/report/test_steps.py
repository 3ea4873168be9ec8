"""steps.csv: read strictly, and held against the rest of the run."""

import numpy as np
import pandas as pd
import pytest

from spikemeter.files import read_json, write_json
from tests.report.made_up import (
    MNIST,
    Study,
    change,
    change_steps,
    record_steps,
    write_steps,
)

# Of two stages, 4-10 on 784 inputs, 10,000 samples and 25 steps.
RUN, ANN = "snn/seed0", "ann/seed0"


@pytest.fixture
def study(tmp_path):
    made = Study(tmp_path, [0])
    made.add("snn", "SNN")
    made.add("ann", "ANN", neuron="relu")
    return made


def refused(study, message):
    with pytest.raises(ValueError, match=r"is damaged \(") as caught:
        study.read()
    assert message in str(caught.value)


def test_reads_what_was_counted(study):
    snn, ann = (run.steps for run in study.read())
    assert snn["step"].tolist() == list(range(1, 26))
    assert (snn.dtypes == np.int64).all()
    assert snn.iloc[-1][["correct", "tied", "silent"]].tolist() == [9000, 50, 20]
    assert len(ann) == 1
    empty = {"silent", "stage1_spikes", "stage2_spikes"}
    empty |= {"stage1_synaptic_events", "stage2_synaptic_events"}
    assert set(ann.columns[ann.isna().all()]) == empty
    assert (ann.drop(columns=list(empty)).dtypes == np.int64).all()
    assert list(ann.columns) == list(snn.columns)


def test_intensities_are_no_events(study):
    make_direct(study)
    steps = study.read()[0].steps
    assert steps["stage1_synaptic_events"].isna().all()
    assert steps["stage2_synaptic_events"].notna().all()


def make_direct(study, **columns):
    """Let the SNN see the intensities of images."""
    train = study.folder / RUN / "train.json"
    change(train, spec=read_json(train)["spec"] | {"encoding": "direct"})
    columns = {"stage1_synaptic_events": None} | columns
    change_steps(study.folder / RUN, **columns)


def test_refuses_another_byte(study):
    path = study.folder / RUN / "steps.csv"
    path.write_text(path.read_text().replace("9000", "9001"))
    refused(study, "steps.csv is damaged (its checksum differs")


@pytest.mark.parametrize(
    "cell", ["1.0", "-1", "+1", "nan", "", " 1", "1e3", "1" * 16, "\u0661", "True"]
)
def test_cells_hold_whole_numbers(study, cell):
    table = pd.read_csv(study.folder / RUN / "steps.csv").astype(object)
    table.loc[3, "stage2_acs"] = cell
    write_steps(study.folder / RUN, table)
    refused(study, f"row 4: stage2_acs is {cell!r} but must be a whole number")


@pytest.mark.parametrize("name", ["silent", "stage2_spikes", "stage1_synaptic_events"])
def test_what_cannot_be_is_empty(study, name):
    change_steps(study.folder / ANN, **{name: 0})
    refused(study, f"row 1: {name} is '0' but must be empty")


@pytest.mark.parametrize("cut", [1, 5, 60, 600])
def test_refuses_a_cut_table(study, cut):
    path = study.folder / RUN / "steps.csv"
    path.write_text(path.read_text()[:-cut])
    record_steps(study.folder / RUN)
    refused(study, "steps.csv is damaged (")


@pytest.mark.parametrize(
    ("change_lines", "message"),
    [
        (lambda head, *rows: [head, *rows[:-1]], "its steps are not 1 to 25"),
        (lambda head, *rows: [head, *rows[::-1]], "its steps are not 1 to 25"),
        (lambda head, *rows: [head], "its steps are not 1 to 25"),
        (
            lambda head, *rows: [head + ",more", *(row + ",1" for row in rows)],
            "its columns are not step to stage2_synaptic_events",
        ),
        (
            lambda head, *rows: [head.replace("correct,tied", "tied,correct"), *rows],
            "its columns are not",
        ),
        (lambda head, *rows: [head.replace("tied", "step"), *rows], "the same name"),
        (lambda head, *rows: [head, rows[0] + ",7", *rows[1:]], "row 1 has 13 of 12"),
    ],
)
def test_refuses_a_table_of_another_shape(study, change_lines, message):
    path = study.folder / RUN / "steps.csv"
    path.write_text("\n".join([*change_lines(*path.read_text().splitlines()), ""]))
    record_steps(study.folder / RUN)
    refused(study, message)


def in_step(study, number, **values):
    """Return columns of steps.csv with other values in one step."""
    table = pd.read_csv(study.folder / RUN / "steps.csv")
    for name, value in values.items():
        table.loc[number - 1, name] = value
    return {name: table[name] for name in values}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"correct": 10_001}, "correct above the 10000 samples"),
        ({"tied": 10_001}, "tied above the 10000 samples"),
        ({"silent": 10_000}, "more silent than tied samples"),
        ({"silent": 1500}, "more silent samples than the step before"),
        ({"stage1_spikes": 40_001}, "more spikes than stage 1 neurons"),
        ({"stage2_acs": 400_001}, "more operations than stage 2 has synapses"),
        ({"stage1_macs": 1}, "multiply-accumulates in stage 1, which spikes enter"),
        ({"stage2_macs": 1}, "multiply-accumulates in stage 2, which spikes enter"),
        ({"stage1_acs": 5}, "accumulates of stage 1 that are not its events"),
        ({"stage2_synaptic_events": 5}, "accumulates of stage 2 that are not its"),
        ({"stage1_spikes": 7}, "too few spikes for the operations of stage 2"),
    ],
)
def test_refuses_what_no_network_does(study, values, message):
    change_steps(study.folder / RUN, **in_step(study, 7, **values))
    refused(study, f"step 7 of steps.csv has {message}")


def test_event_counts_are_at_least_one(tmp_path):
    made = Study(tmp_path, [0])
    made.add("snn", "SNN", data=MNIST | {"dataset": "nmnist"})
    folder = tmp_path / RUN
    change(
        folder / "train.json",
        spec=read_json(folder / "train.json")["spec"]
        | {"encoding": "direct", "input_kind": "events"},
    )
    change_steps(folder, stage1_macs=100, stage1_synaptic_events=2**24)
    made.read()
    change_steps(folder, **in_step(made, 2, stage1_synaptic_events=99))
    refused(made, "step 2 of steps.csv has more operations of stage 1 than synaptic")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("correct", "correct is 8999 after the last step but 9000 in the test"),
        ("tied", "tied is 49 after the last step but 50 in the test"),
        ("silent", "silent is 19 after the last step but 20 in the test"),
        ("stage2_spikes", "stage 2 fires 0.24999"),
    ],
)
def test_the_last_step_ends_in_the_scores(study, name, message):
    last = pd.read_csv(study.folder / RUN / "steps.csv")[name].iloc[-1]
    change_steps(study.folder / RUN, **in_step(study, 25, **{name: last - 1}))
    refused(study, message)


NAMES = ["dense_macs", "macs", "acs", "synaptic_events", "neuron_updates", "spikes"]


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("name", [*NAMES, "synapses", "neurons"])
def test_operations_are_those_of_the_steps(study, number, name):
    path = study.folder / RUN / "test.json"
    values = read_json(path)
    values["operations"][number][name] += 1
    write_json(path, values)
    refused(study, f"operations[{number}].{name} of test.json is")


def test_operations_are_of_all_stages(study):
    path = study.folder / RUN / "test.json"
    change(path, operations=read_json(path)["operations"][:1])
    refused(study, "operations of test.json has 1 entries but must have 2")


def test_what_is_not_counted_has_a_reason(study):
    path = study.folder / ANN / "test.json"
    missing = read_json(path)["missing"]
    assert {"spikes", "synaptic_events"} <= missing.keys()
    del missing["synaptic_events"]
    change(path, missing=missing)
    refused(study, "missing of test.json does not fit synaptic_events of operations")


def test_what_is_counted_has_none(study):
    path = study.folder / RUN / "test.json"
    change(path, missing=read_json(path)["missing"] | {"spikes": "none"})
    refused(study, "missing of test.json does not fit spikes of operations")
