"""Checkpoints that are not used: of other settings, code, machines, or damaged."""

import pytest
import torch

from tests.faults.causes import PASS, at
from tests.faults.damage import PROOF, code_in_torch_file, cut, flip, remove
from tests.faults.fault import AGAIN, KILLED, Row, assert_tidy, named, run, seen, warned
from tests.faults.places import NOTE, STATE, SUMMARY, TRAINED
from tests.faults.procedure import assert_completes
from tests.workflow.comparison import contents

CONTINUES = "continuing after epoch 1"


@pytest.fixture
def killed(broken):
    """A study whose training was killed after its first checkpoint."""
    for name in TRAINED:
        (broken / name).unlink()
    outcome = run(broken, SUMMARY, causes=[at("train", PASS, call=3)])
    assert seen(outcome, broken) == KILLED
    assert (broken / STATE).exists()
    return broken


def of_another_machine(study):
    state = torch.load(study / STATE, weights_only=True)
    state["key"] = state["key"].partition(" on ")[0] + " on another processor"
    torch.save(state, study / STATE)


def of_other_code(study):
    study.append("workflow_scripts/spikemeter/training/run.py", "\nADDED = 1\n")


def of_other_settings(study):
    study.configure(networks__snn__beta=0.5)


UNUSED = {
    "a checkpoint cut": (cut(STATE), "is damaged"),
    "a checkpoint with a bit flipped": (flip(STATE), "is damaged"),
    "a checkpoint with code in it": (code_in_torch_file(STATE), "is damaged"),
    "a checkpoint of another machine": (of_another_machine, "is of other settings"),
    "a checkpoint lost": (remove(STATE), ""),
    "the note of a killed training cut": (cut(NOTE), ""),
}


@pytest.mark.parametrize(
    ("title", "change", "logged"),
    [
        named((title, *how), quick=title == "a checkpoint with code in it")
        for title, how in UNUSED.items()
    ],
)
def test_damaged(title, change, logged, killed, expected, record):
    change(killed)
    outcome = killed.run(SUMMARY)
    assert outcome.code == 0, outcome.text
    assert assert_completes(killed, expected, [SUMMARY]) == []
    continues = title.startswith("the note")
    log = killed.log("train/snn/seed0")
    assert (CONTINUES in log) is continues
    assert logged in log
    assert not (killed / PROOF).exists()
    goes_on = CONTINUES if continues else "train[snn, 0] starts afresh"
    record(Row(title, warned(outcome, killed), "nothing", f"{AGAIN}: {goes_on}"))


OTHERS = {
    "settings changed after a kill": of_other_settings,
    "code changed after a kill": of_other_code,
}


@pytest.mark.parametrize(
    ("title", "change"), [named((t, how), quick=False) for t, how in OTHERS.items()]
)
def test_of_another_study(title, change, killed, clean, record, tmp_path):
    """What comes is what a study with the change alone comes to."""
    other = clean.copy(tmp_path / "other")
    for study in (killed, other):
        change(study)
        outcome = study.run(SUMMARY)
        assert outcome.code == 0, outcome.text
        assert_tidy(study)
        if study is killed:
            told = warned(outcome, study)
    assert contents(killed) == contents(other) != contents(clean)
    log = killed.log("train/snn/seed0")
    assert "is of other settings" in log
    assert CONTINUES not in log
    goes_on = f"{AGAIN}: train[snn, 0] starts afresh"
    record(Row(title, told, "nothing", goes_on))
