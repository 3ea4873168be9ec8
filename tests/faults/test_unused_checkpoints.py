"""Checkpoints that are not used: of other settings, code, machines, or damaged."""

import re

import pytest
import torch

from tests.faults.causes import PASS, at, environment
from tests.faults.damage import PROOF, code_in_torch_file, cut, flip, remove
from tests.faults.fault import AGAIN, KILLED, anonymous, assert_tidy, campaign, seen
from tests.faults.places import NOTE, STATE, SUMMARY, TRAINED
from tests.faults.procedure import assert_completes
from tests.workflow.comparison import contents

CONTINUES, AFRESH = "continuing after epoch 1", "train[snn, 0] starts afresh"


@pytest.fixture
def killed(broken):
    """A study whose training was killed after its first checkpoint."""
    broken.remove(*TRAINED)
    cause = environment(at("train", PASS, call=3))
    assert seen(broken.run(SUMMARY, environment=cause), broken) == KILLED
    assert (broken / STATE).exists()
    return broken


def train(study):
    """Train again; return the log, and the line that tells why not more was done."""
    outcome = study.run(SUMMARY)
    assert outcome.code == 0, outcome.text
    lines = re.findall(r"^\w+: results/.*", outcome.text, re.MULTILINE)
    told = anonymous(lines[-1], study.folder) if lines else "nothing"
    return study.log("train/snn/seed0"), told


def of_another_machine(study):
    state = torch.load(study / STATE, weights_only=True)
    state["key"] = state["key"].partition(" on ")[0] + " on another processor"
    torch.save(state, study / STATE)


UNUSED = {
    "a checkpoint cut": (cut(STATE), "is damaged"),
    "a checkpoint with a bit flipped": (flip(STATE), "is damaged"),
    "a checkpoint with code in it": (code_in_torch_file(STATE), "is damaged"),
    "a checkpoint of another machine": (of_another_machine, "is of other settings"),
    "a checkpoint lost": (remove(STATE), ""),
    "the note of a killed training cut": (cut(NOTE), ""),
}


@campaign(UNUSED)
def test_damaged(fault, killed, expected, record):
    change, logged = UNUSED[fault]
    change(killed)
    log, told = train(killed)
    assert assert_completes(killed, expected, [SUMMARY]) == []
    continues = fault.startswith("the note")
    assert (CONTINUES in log) is continues
    assert logged in log
    assert not list(killed.folder.rglob(PROOF))
    record(fault, told, "nothing", f"{AGAIN}: {CONTINUES if continues else AFRESH}")


def of_other_code(study):
    study.append("workflow_scripts/spikemeter/training/run.py", "\nADDED = 1\n")


def of_other_settings(study):
    study.configure(networks__snn__beta=0.5)


OTHERS = {
    "settings changed after a kill": of_other_settings,
    "code changed after a kill": of_other_code,
}


@campaign(OTHERS)
def test_of_another_study(fault, killed, clean, record, tmp_path):
    """What comes is what a study with the change alone comes to."""
    other = clean.copy(tmp_path / "other")
    for study in (other, killed):
        OTHERS[fault](study)
        log, told = train(study)
        assert_tidy(study)
    assert contents(killed) == contents(other) != contents(clean)
    assert "is of other settings" in log
    assert CONTINUES not in log
    record(fault, told, "nothing", f"{AGAIN}: {AFRESH}")
