import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "workflow_scripts"
JOB = """
import logging, sys
from types import SimpleNamespace
from spikemeter.study.jobs import log_job

def work():
    {work}

with log_job(SimpleNamespace(rule="train", log=[sys.argv[1]])) as terminal:
    work()
"""


@pytest.fixture
def run(tmp_path):
    """Return a function that runs a job and gives its exit status, terminal and log."""

    def call(work, log=tmp_path / "logs/train.log", **environment):
        command = [sys.executable, "-c", JOB.format(work=work), str(log)]
        environment |= {"PYTHONPATH": str(SCRIPTS)}
        done = subprocess.run(
            command, env=environment, capture_output=True, check=False
        )
        text = log.read_text() if log.is_file() else ""
        return done.returncode, (done.stdout + done.stderr).decode(), text

    return call


def test_all_output_goes_to_the_log(run):
    work = "import os; print('a print'); os.system('echo a child; echo its error >&2')"
    code, terminal, log = run(work)
    assert (code, terminal) == (0, "")
    assert sorted(log.splitlines()) == ["a child", "a print", "its error"]


def test_a_failure_is_one_line_and_its_traceback_stands_in_the_log(run, tmp_path):
    code, terminal, log = run("raise ValueError('the reason: the remedy')")
    assert code == 1
    path = tmp_path / "logs/train.log"
    assert terminal == f"train: the reason: the remedy  (details: {path})\n"
    assert log.startswith("Traceback")
    assert log.endswith("ValueError: the reason: the remedy\n")


def test_a_failure_shows_in_a_locale_that_lacks_its_characters(run):
    ascii_only = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    work = f"raise ValueError({'no µ in 网'!a})"
    code, terminal, log = run(work, **ascii_only)
    assert code == 1
    assert terminal.startswith(r"train: no \xb5 in \u7f51  (details: ")
    assert log.endswith("ValueError: no µ in 网\n")


def test_a_failure_without_words_is_named(run):
    _, terminal, _ = run("raise MemoryError")
    assert terminal.startswith("train: MemoryError  (details: ")


def test_a_failure_shows_where_there_is_no_room_for_the_log(run):
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    code, terminal, _ = run("raise ValueError('no room')", full)
    assert code != 0
    assert terminal.splitlines()[0] == "train: no room  (details: /dev/full)"
    assert "Traceback" not in terminal


def test_own_warnings_show_on_the_terminal_too(run):
    work = (
        "logging.getLogger('spikemeter.locks').warning('mind %d', 1); "
        "logging.getLogger('spikemeter.run').info('an epoch'); "
        "logging.getLogger('matplotlib').warning('a font')"
    )
    code, terminal, log = run(work)
    assert (code, terminal) == (0, "train: mind 1\n")
    for text in ("mind 1", "an epoch", "a font"):
        assert text in log
