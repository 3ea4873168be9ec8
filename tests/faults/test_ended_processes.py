"""Processes that end, or live on beside each other: signals, orphans, two at once."""

import os
import signal

import psutil
import pytest

from tests.faults.causes import FILE, PASS, environment, hold
from tests.faults.fault import AGAIN, campaign, causing, files, seen
from tests.faults.places import PREPARED, RUN, SUMMARY, TRAINED, said_by
from tests.faults.procedure import assert_completes, assert_equals
from tests.workflow.command import Call, has_ended, wait_for

LOCK = ".snakemake/locks"
UNLOCK = f"`snakemake --unlock`, {AGAIN}"
LOCKED = (
    "Error: Directory cannot be locked. Please make sure that no other Snakemake "
    "process is trying to create the same files in the following directory:"
)
IN_USE = said_by(
    "train",
    f"{RUN} is in use by process N on HOST: wait until it has ended, or stop it, then "
    "run the same command again",
)
FAILED = "At least one job did not complete successfully."
TERMINATED = "Command '…' died with <Signals.SIGTERM: 15>."


class Held:
    """A run of Snakemake one of whose jobs waits where :func:`hold` says."""

    def __init__(self, study, target, script, where, **more):
        self.study, self.before = study, files(study)
        folder = study / "held"
        folder.mkdir()
        self._go = folder / "go"
        cause = environment(hold(script, where, folder, **more))
        self.call = Call(study.folder, (target,), cause)
        wait_for((folder / "reached").exists)
        self.job = psutil.Process(int((folder / "reached").read_text()))

    def left(self):
        """Return the files that were not there before."""
        return files(self.study) - self.before

    def go(self):
        """Let the job go on."""
        self._go.touch()

    def end_job(self):
        """Let the job go on to its end."""
        self.go()
        wait_for(lambda: has_ended(self.job))


@pytest.fixture
def training(broken):
    """A training that waits in its second epoch."""
    broken.remove(*TRAINED)
    held = Held(broken, SUMMARY, "train", PASS, call=3)
    yield held
    held.end_job()


# A signal to all processes of a run, and what the user sees then.
SIGNALS = {
    "Ctrl-C while a training runs": (signal.SIGINT, FAILED),
    "the terminal closed (SIGHUP) while a training runs": (signal.SIGHUP, "nothing"),
    "SIGTERM to all processes of a training": (signal.SIGTERM, TERMINATED),
    "kill -9 of all processes of a training": (signal.SIGKILL, "nothing"),
}


@campaign(SIGNALS)
def test_signal(fault, training, expected, record):
    study, (number, said) = training.study, SIGNALS[fault]
    os.killpg(training.call.pid, number)
    outcome = training.call.wait()
    wait_for(lambda: has_ended(training.job))
    assert outcome.code != 0
    left = training.left()
    assert seen(outcome, study) == said, (left, outcome.text)
    if LOCK in left:
        assert study.run("--unlock").code == 0
    assert assert_completes(study, expected, [SUMMARY]) == ["train[snn, 0]"]
    assert "continuing after epoch 1" in study.log("train/snn/seed0")
    again = UNLOCK if LOCK in left else AGAIN
    record(fault, said, left, f"{again}: train[snn, 0]")


@campaign(["SIGTERM to Snakemake while a training runs"])
def test_sigterm_to_snakemake(fault, training, expected, record):
    """It lets the job come to its end and starts no other."""
    os.kill(training.call.pid, signal.SIGTERM)
    training.go()
    outcome = training.call.wait()
    assert outcome.code == 1
    assert seen(outcome, training.study) == FAILED, outcome.text
    left = training.left()
    assert left == {*TRAINED}
    assert assert_completes(training.study, expected, [SUMMARY]) == []
    record(fault, FAILED, left, f"{AGAIN}: no job is left")


ORPHAN = "kill -9 of Snakemake alone: its training lives on"
BESIDE = "a training that lives on beside the next run"


@causing(ORPHAN, BESIDE)
def test_orphan(training, expected, record):
    """Snakemake is killed, its training goes on beside the next run."""
    study = training.study
    os.kill(training.call.pid, signal.SIGKILL)
    assert training.call.wait().code == -signal.SIGKILL
    refused = study.run(SUMMARY)
    assert refused.code != 0
    assert seen(refused, study) == LOCKED
    left = training.left()
    assert LOCK in left
    assert study.run("--unlock").code == 0
    beside = study.run(SUMMARY)
    assert beside.code != 0
    assert seen(beside, study) == IN_USE
    training.end_job()
    assert assert_completes(study, expected, [SUMMARY]) == []
    goes_on = f"{UNLOCK} once the process has ended: no job is left"
    record(ORPHAN, LOCKED, left, goes_on)
    goes_on = f"{AGAIN} once it has ended: no job is left"
    record(BESIDE, IN_USE, "nothing", goes_on)


@campaign(["kill -9 of Snakemake alone: a preparation lives on beside the next run"])
def test_orphan_that_prepares(fault, broken, expected, record):
    """It comes back to a file that the next run has replaced."""
    broken.remove(*PREPARED)
    held = Held(broken, PREPARED[0], "prepare", FILE, when="inside")
    os.kill(held.call.pid, signal.SIGKILL)
    held.call.wait()
    left = held.left()
    assert broken.run("--unlock").code == 0
    jobs = assert_completes(broken, expected, [PREPARED[0]])
    held.end_job()
    assert_equals(broken, expected, PREPARED[0])
    record(fault, LOCKED, left, f"{UNLOCK}: {', '.join(jobs)}")


@campaign(["two runs at once"])
def test_two_at_once(fault, training, expected, record):
    second = training.study.run(SUMMARY)
    assert second.code != 0
    assert seen(second, training.study) == LOCKED
    training.go()
    outcome = training.call.wait()
    assert outcome.code == 0, outcome.text
    assert_equals(training.study, expected, SUMMARY)
    record(fault, LOCKED, "nothing", "the first run completes")


WAITS = "train: waiting for the CPU: another job is metered on this machine"


@campaign(["two trainings at once (--workflow-profile none --cores 2)"])
def test_two_trainings_at_once(fault, broken, expected, record):
    """Whatever the profile allows, one of them is metered after the other."""
    others = [name.replace("/snn/", "/ann/") for name in TRAINED]
    broken.remove(*TRAINED, *others)
    summaries = (SUMMARY, SUMMARY.replace("/snn/", "/ann/"))
    folder = broken / "held"
    folder.mkdir()
    cause = environment(hold("train", PASS, folder))
    options = ("--workflow-profile", "none", "--rerun-triggers", "input")
    call = Call(broken.folder, (*summaries, *options), cause)
    wait_for((folder / "reached").exists)
    wait_for(lambda: WAITS in call.text())
    (folder / "go").touch()
    outcome = call.wait()
    assert outcome.code == 0, outcome.text
    assert outcome.jobs == ["train[ann, 0]", "train[snn, 0]"]
    for summary in summaries:
        assert_equals(broken, expected, summary)
    record(
        fault, WAITS, "nothing", "the second training begins when the first has ended"
    )
