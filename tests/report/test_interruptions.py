import dataclasses

import pytest

from spikemeter.report.conditions import describe_interruptions


def record(seconds, energy_j, energy_missing=None):
    return {
        "session": 1,
        "after_epoch": 0,
        "seconds": seconds,
        "energy_j": energy_j,
        "energy_missing": energy_missing,
    }


@pytest.fixture
def interrupted(study):
    """Return a function that gives a run that was killed, with what it lost."""
    run = study.read()[0]

    def made(lost, missing=None):
        train = {**run.train, "sessions": 3, "lost": lost, "missing": missing or {}}
        return dataclasses.replace(run, train=train)

    return made


def test_no_note_without_an_interruption(study):
    assert describe_interruptions(study.read()) == []


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        ([record(12.0, 30.0), record(4.5, 8.0)], "took 16.5 s and 38.0 J, which"),
        (
            [record(12.0, 30.0), record(0.5, None, "shorter than 1 s")],
            "took 12.5 s and at least 30.0 J (shorter than 1 s), which",
        ),
        ([record(3.0, None, "no RAPL")], "took 3.0 s and an unknown energy (no RAPL),"),
        ([], "no epoch had to be repeated"),
    ],
)
def test_what_was_lost(interrupted, lost, said):
    (note,) = describe_interruptions([interrupted(lost)])
    assert note.startswith("Interrupted (exp1_ann, seed 0): trained in 3 processes; ")
    assert said in note


def test_a_damaged_journal(interrupted):
    run = interrupted([], {"lost": "unsaved.json was damaged"})
    assert (
        "what was lost is not known (unsaved.json was damaged)"
        in describe_interruptions([run])[0]
    )
