"""Processes that end, or live on beside each other: signals, orphans, two at once."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.causes import FILE, PASS, environment, hold
from tests.faults.fault import (
    AGAIN,
    Row,
    assert_tidy,
    causing,
    files,
    listed,
    named,
    seen,
)
from tests.faults.places import PREPARED, RUN, SUMMARY, TRAINED
from tests.faults.procedure import assert_completes
from tests.workflow.command import Call
from tests.workflow.comparison import contents

POLL_S, PATIENCE_S = 0.05, 60.0


ORPHAN = "kill -9 of Snakemake alone: its training lives on"
BESIDE = "a training that lives on beside the next run"
PREPARING = "kill -9 of Snakemake alone: a preparation lives on beside the next run"
TWO = "two runs at once"
STOPPED = "SIGTERM to Snakemake while a training runs"
LOCK = ".snakemake/locks"
LOCKED = (
    "Error: Directory cannot be locked. Please make sure that no other Snakemake "
    "process is trying to create the same files in the following directory:"
)
IN_USE = (
    f"train: {RUN} is in use by process N on HOST: wait until it has ended, or stop "
    "it, then run the same command again  "
    "(details: results/logs/train/NETWORK/seed0.log)"
)
FAILED = "At least one job did not complete successfully."
TERMINATED = "Command '…' died with <Signals.SIGTERM: 15>."


def wait_for(happened):
    """Wait until something has happened."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < deadline_s, "it did not happen"
        time.sleep(POLL_S)


def alive(pid):
    try:
        return (
            Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        )
    except FileNotFoundError:
        return False


class Held:
    """A run of Snakemake one of whose jobs waits at a point.

    Parameters
    ----------
    study : Study
    target : str
    script, where : str
        The point, as in :func:`tests.faults.causes.hold`.
    """

    def __init__(self, study, target, script, where, **more):
        self.folder = study / "held"
        self.folder.mkdir()
        self.study = study
        self.before = files(study)
        cause = hold(script, where, self.folder, **more)
        self.call = Call(study.folder, (target,), environment(cause))
        wait_for((self.folder / "reached").exists)
        self.job = int((self.folder / "reached").read_text())

    def go(self):
        """Let the job go on."""
        (self.folder / "go").touch()

    def end_job(self):
        """Let the job go on to its end."""
        self.go()
        wait_for(lambda: not alive(self.job))


@pytest.fixture
def training(broken):
    """A training that waits in its second epoch."""
    for name in TRAINED:
        (broken / name).unlink()
    held = Held(broken, SUMMARY, "train", PASS, call=3)
    yield held
    held.end_job()


@dataclass(frozen=True)
class Signal:
    """A signal to all processes of a run, and what the user sees then."""

    title: str
    number: int
    said: str = "nothing"


SIGNALS = (
    Signal("Ctrl-C while a training runs", signal.SIGINT, FAILED),
    Signal("the terminal closed (SIGHUP) while a training runs", signal.SIGHUP),
    Signal("SIGTERM to all processes of a training", signal.SIGTERM, TERMINATED),
    Signal("kill -9 of all processes of a training", signal.SIGKILL),
)


@pytest.mark.parametrize(
    "sent", [named((one,), quick="Ctrl-C" in one.title) for one in SIGNALS]
)
def test_signal(sent, training, expected, record):
    study = training.study
    os.killpg(training.call.pid, sent.number)
    outcome = training.call.wait()
    wait_for(lambda: not alive(training.job))
    assert outcome.code != 0
    left = files(study) - training.before
    assert seen(outcome, study) == sent.said, (left, outcome.text)
    goes_on = AGAIN
    if LOCK in left:
        goes_on = f"`snakemake --unlock`, {AGAIN}"
        assert study.run("--unlock").code == 0
    jobs = assert_completes(study, expected, [SUMMARY])
    assert jobs == ["train[snn, 0]"]
    assert "continuing after epoch 1" in study.log("train/snn/seed0")
    record(Row(sent.title, sent.said, listed(left), f"{goes_on}: {', '.join(jobs)}"))


@causing(STOPPED)
def test_sigterm_to_snakemake(training, expected, record):
    """It lets the job come to its end and starts no other."""
    study = training.study
    os.kill(training.call.pid, signal.SIGTERM)
    training.go()
    outcome = training.call.wait()
    assert outcome.code == 1
    assert seen(outcome, study) == FAILED, outcome.text
    left = files(study) - training.before
    assert left == {*TRAINED}
    assert assert_completes(study, expected, [SUMMARY]) == []
    record(Row(STOPPED, FAILED, listed(left), f"{AGAIN}: no job is left"))


@causing(ORPHAN, BESIDE)
def test_orphan(training, expected, record):
    """Snakemake is killed, its training goes on beside the next run."""
    study = training.study
    os.kill(training.call.pid, signal.SIGKILL)
    assert training.call.wait().code == -signal.SIGKILL
    refused = study.run(SUMMARY)
    assert refused.code != 0
    assert seen(refused, study) == LOCKED
    left = files(study) - training.before
    assert LOCK in left
    record(
        Row(
            ORPHAN,
            LOCKED,
            listed(left),
            f"`snakemake --unlock`, {AGAIN} once the process has ended: no job is left",
        )
    )
    assert study.run("--unlock").code == 0
    beside = study.run(SUMMARY)
    assert beside.code != 0
    assert seen(beside, study) == IN_USE
    training.end_job()
    assert assert_completes(study, expected, [SUMMARY]) == []
    goes_on = f"{AGAIN} once it has ended: no job is left"
    record(Row(BESIDE, IN_USE, "nothing", goes_on))


@causing(PREPARING)
def test_orphan_that_prepares(broken, expected, record):
    """It comes back to a file that the next run has replaced."""
    for name in PREPARED:
        (broken / name).unlink()
    before = files(broken)
    held = Held(broken, PREPARED[0], "prepare", FILE, when="inside")
    os.kill(held.call.pid, signal.SIGKILL)
    held.call.wait()
    left = files(broken) - before
    assert broken.run("--unlock").code == 0
    jobs = assert_completes(broken, expected, [PREPARED[0]])
    held.end_job()
    assert_tidy(broken)
    assert contents(broken) == {name: expected[name] for name in contents(broken)}
    record(
        Row(
            PREPARING,
            LOCKED,
            listed(left),
            f"`snakemake --unlock`, {AGAIN}: {', '.join(jobs)}",
        )
    )


@causing(TWO)
def test_two_at_once(training, expected, record):
    second = training.study.run(SUMMARY)
    assert second.code != 0
    assert seen(second, training.study) == LOCKED
    training.go()
    outcome = training.call.wait()
    assert outcome.code == 0, outcome.text
    assert training.study.plan(SUMMARY) == []
    assert_tidy(training.study)
    found = contents(training.study)
    assert found == {name: expected[name] for name in found}
    record(Row(TWO, LOCKED, "nothing", "the first run completes"))
