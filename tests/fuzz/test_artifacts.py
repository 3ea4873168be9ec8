"""Whatever a run's files hold under a right checksum: no lie comes into a table."""

import copy
from typing import Any

import pandas as pd
import pytest
from hypothesis import assume
from hypothesis import strategies as st

from spikemeter.files import read_json, write_json
from tests.fuzz.refusals import assert_readable, count_refused
from tests.report.made_up import CPU, Study, record_epochs, record_steps, write_steps

RUN = "exp1_snn/seed0"
# Blocks and values that a reader may change without a contradiction, and what is
# not an own value of the run.
FREE = ("versions", "notes", "missing", "files", "key", "citation")
# What follows from other values in the same run.
DERIVED = {
    "train.json": ["parameters", "best_epoch", "seed"],
    "test.json": [
        *("samples", "accuracy", "recall_macro", "f1_macro", "f1_paper", "passes"),
        *("seconds", "energy_per_pass_j", "reading.energy_j", "reading.power_w"),
        *("reading.energy_counter_j", "reading.seconds", "confusion.3.4", "seed"),
        *("operations.0.dense_macs", "operations.0.acs", "operations.1.macs"),
        *("operations.1.synaptic_events", "operations.1.spikes"),
        *("operations.0.neuron_updates", "operations.0.synapses"),
        *("operations.1.neurons", "spikes_per_neuron_step.1"),
    ],
}
# What another run may not have.
NULLABLE = (
    *("board", "driver", "cpu", "idle_w", "encoding", "beta", "threshold", "reset"),
    *("surrogate", "job"),
)
SIGNED = ("energy_disagreement_pct", "net_energy_j", "temperature_max_c")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """One run, metered."""
    made = Study(tmp_path_factory.mktemp("runs"), [0])
    made.add("exp1_snn", "SNN")
    return made


@pytest.fixture
def run(study):
    """The folder of a run, which is as it was afterwards."""
    folder = study.folder / RUN
    before = {path: path.read_bytes() for path in folder.iterdir()}
    yield folder
    for path, content in before.items():
        path.write_bytes(content)


def refusal(study, name):
    with pytest.raises(ValueError, match=r"is damaged|made from other set") as caught:
        study.read()
    message = str(caught.value)
    assert_readable(message)
    assert RUN in message
    return message


def paths(value, path=()):
    """Yield the key paths of all values that a run is checked for."""
    for key, entry in value.items():
        if key not in FREE:
            yield (*path, key)
            if isinstance(entry, dict):
                yield from paths(entry, (*path, key))


def place_of(content, path):
    """Return the block that holds a key path, and its key there."""
    for key in path[:-1]:
        content = content[int(key) if isinstance(content, list) else key]
    last = path[-1]
    return content, int(last) if isinstance(content, list) else last


OTHER_TYPES: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        True,
        "",
        "1",
        "text",
        1,
        -1,
        1.5,
        [],
        [1],
        [[]],
        {},
        {"a": 1},
        10**25,
        "0.9",
    ]
)


def bad_instead(value, new, key):
    """Tell whether ``new`` cannot stand where ``value`` stands."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and isinstance(new, int | float) and not isinstance(new, bool):
        whole = isinstance(value, int) and not float(new).is_integer()
        return abs(new) >= 2**63 or whole or (new < 0 and key not in SIGNED)
    if new is None and key in NULLABLE:
        return False
    if value is None:
        # A number, a text or a block may have been there instead.
        return isinstance(new, bool | list)
    return type(new) is not type(value)


def test_values_of_another_type_or_range(study, run):
    contents = {name: read_json(run / name) for name in DERIVED}
    every = [(name, path) for name in contents for path in paths(contents[name])]

    def check(place, new):
        name, path = place
        content = copy.deepcopy(contents[name])
        block, key = place_of(content, path)
        assume(bad_instead(block[key], new, key))
        block[key] = new
        write_json(run / name, content)
        message = refusal(study, name)
        write_json(run / name, contents[name])
        assert name in message or key in message
        return True

    refused = count_refused(check, 300, place=st.sampled_from(every), new=OTHER_TYPES)
    assert refused >= 270


def test_values_that_contradict_others(study, run):
    contents = {name: read_json(run / name) for name in DERIVED}
    every = [(name, path.split(".")) for name in DERIVED for path in DERIVED[name]]

    def check(place, factor, added):
        name, path = place
        content = copy.deepcopy(contents[name])
        block, key = place_of(content, path)
        old = block[key]
        # What is 0 stays so if multiplied.
        added_to = isinstance(old, int) or old == 0
        block[key] = old + added if added_to else old * factor
        write_json(run / name, content)
        refusal(study, name)
        write_json(run / name, contents[name])
        return True

    refused = count_refused(
        check,
        150,
        place=st.sampled_from(every),
        factor=st.floats(0, 2).filter(lambda f: abs(f - 1) > 1e-6),
        added=st.integers(-5, 1000).filter(bool),
    )
    assert refused >= 130


def test_keys_that_are_lacking(study, run):
    contents = {name: read_json(run / name) for name in DERIVED}
    every = [(name, path) for name in contents for path in paths(contents[name])]
    # What is left of a neuron may be that of another one.
    every = [one for one in every if one[1][:2] != ("spec", "neuron")]

    def check(place):
        name, path = place
        content = copy.deepcopy(contents[name])
        block, key = place_of(content, path)
        del block[key]
        write_json(run / name, content)
        message = refusal(study, name)
        write_json(run / name, contents[name])
        assert key in message or "other settings" in message
        return True

    assert count_refused(check, 80, place=st.sampled_from(every)) >= 80


def test_cells_that_are_no_numbers(study, run):
    path = run / "epochs.csv"
    head, *rows = [line.split(",") for line in path.read_text().splitlines()]
    numeric = [
        n
        for n, name in enumerate(head)
        if name not in ("energy_source", "missing", "notes")
    ]
    wrong = ["oops", "nan", "inf", "-inf", "1e999", "True", "0x1", "1_0", " 1", "1 "]
    wrong += ["\u0661", "1,0", '"', "--1", "+1", "1.", ".5", "None", "9" * 400, "1e5e5"]

    def check(row, column, cell):
        changed = copy.deepcopy(rows)
        changed[row][column] = cell
        text = "\n".join([*map(",".join, [head, *changed]), ""])
        path.write_text(text, encoding="utf-8")
        record_epochs(run)
        message = refusal(study, "epochs.csv")
        assert "epochs.csv is damaged" in message
        return True

    refused = count_refused(
        check,
        150,
        row=st.integers(0, 1),
        column=st.sampled_from(numeric),
        cell=st.sampled_from(wrong) | st.text("abcxyz", min_size=1, max_size=4),
    )
    assert refused >= 140


def test_steps_that_are_no_counts(study, run):
    path = run / "steps.csv"
    head, *rows = [line.split(",") for line in path.read_text().splitlines()]
    wrong = ["oops", "nan", "inf", "1.0", "-1", "True", "0x1", "1_0", " 1", "1 ", ""]
    wrong += ["\u0661", "1,0", '"', "+1", "1.", "None", "9" * 400, "1e5", "9" * 16]

    def check(row, column, cell):
        changed = copy.deepcopy(rows)
        changed[row][column] = cell
        text = "\n".join([*map(",".join, [head, *changed]), ""])
        path.write_text(text, encoding="utf-8")
        record_steps(run)
        assert "steps.csv is damaged" in refusal(study, "steps.csv")
        return True

    refused = count_refused(
        check,
        150,
        row=st.integers(0, 24),
        column=st.integers(0, len(head) - 1),
        cell=st.sampled_from(wrong) | st.text("abcxyz", min_size=1, max_size=4),
    )
    assert refused >= 140


def test_steps_of_another_run(study, run):
    """But for what is right so far, which no other number tells."""
    table = pd.read_csv(run / "steps.csv")
    names = [name for name in table if name.startswith("stage")]

    def check(row, name, added):
        changed = table.copy()
        assume(changed.loc[row, name] + added >= 0)
        changed.loc[row, name] += added
        write_steps(run, changed)
        refusal(study, "steps.csv")
        return True

    refused = count_refused(
        check,
        100,
        row=st.integers(0, 24),
        name=st.sampled_from(names),
        added=st.integers(-(10**6), 10**6).filter(bool),
    )
    assert refused >= 80


def test_bytes_that_no_run_wrote(study, run):
    names = ["train.json", "test.json", "epochs.csv", "steps.csv"]
    before = {name: (run / name).read_bytes() for name in names}

    def check(name, place, change):
        raw = before[name]
        place %= len(raw)
        flipped = bytes([raw[place] ^ (change or 1)])
        changed = raw[:place] + (flipped + raw[place + 1 :] if change else b"")
        (run / name).write_bytes(changed)
        message = refusal(study, name)
        (run / name).write_bytes(raw)
        assert name in message
        return True

    refused = count_refused(
        check,
        150,
        name=st.sampled_from(names),
        place=st.integers(0, 10**4),
        change=st.integers(0, 255),
    )
    assert refused >= 140


def test_a_run_without_power_is_accepted(tmp_path):
    made = Study(tmp_path, [0])
    made.add("a", "A", conditions=CPU)
    made.add("b", "B", neuron="relu")
    assert len(made.read()) == 2
