import fcntl
import functools
import logging
import multiprocessing
import os
import signal
import tempfile
from pathlib import Path

import pytest

from spikemeter.locks import exclusive_lock, hold_device


def hold(folder, ready):
    with exclusive_lock(folder):
        ready.set()
        signal.pause()


@pytest.fixture
def holder(tmp_path):
    """Another process that works in the folder."""
    spawn = multiprocessing.get_context("spawn")
    ready = spawn.Event()
    process = spawn.Process(target=hold, args=(tmp_path / "run", ready))
    process.start()
    assert ready.wait(60)
    yield process
    process.kill()
    process.join()


def test_one_process_at_a_time(tmp_path, holder):
    folder = tmp_path / "run"
    refused = rf"run is in use by process {holder.pid} on \S+: wait until it has ended"
    with pytest.raises(RuntimeError, match=refused), exclusive_lock(folder):
        pytest.fail("two at once")
    os.kill(holder.pid, signal.SIGKILL)
    holder.join()
    assert (folder / ".lock").exists()
    with exclusive_lock(folder):
        assert str(os.getpid()) in (folder / ".lock").read_text()
    assert list(folder.iterdir()) == []


def test_an_error_frees_it(tmp_path):
    for _ in range(2):
        with pytest.raises(KeyError), exclusive_lock(tmp_path):
            raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_its_holder_has_removed_is_taken_again(tmp_path, monkeypatch):
    path = tmp_path / ".lock"
    lock = fcntl.flock

    def late(file, operation):
        if not late.called:
            late.called = True
            path.unlink()  # between our opening and our locking
        lock(file, operation)

    late.called = False
    monkeypatch.setattr(fcntl, "flock", late)
    with exclusive_lock(tmp_path):
        assert path.read_text() == f"process {os.getpid()} on {os.uname().nodename}"


def test_without_locks_the_log_says_so(tmp_path, monkeypatch, caplog):
    def refuse(_file, _operation):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with exclusive_lock(tmp_path):
        assert "cannot be locked here (Function not implemented)" in caplog.text


def use_device(boards, told):
    handler = logging.Handler()
    handler.emit = lambda record: told.put(record.getMessage())
    logging.getLogger("spikemeter.locks").addHandler(handler)
    with hold_device(boards) as board:
        told.put(board)
        signal.pause()


WAITING = "waiting for {}: another job is metered on this machine"


class Jobs:
    """Metered jobs of one machine, each a process."""

    def __init__(self):
        self.spawn = multiprocessing.get_context("spawn")
        self.processes = []

    def start(self, *boards):
        """Start a job; return a function that waits for its board or message."""
        told = self.spawn.Queue()
        process = self.spawn.Process(target=use_device, args=(boards, told))
        process.start()
        self.processes.append(process)
        return functools.partial(told.get, timeout=60)

    def kill(self, number):
        self.processes[number].kill()
        self.processes[number].join()


@pytest.fixture
def jobs(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    made = Jobs()
    yield made
    for number in range(len(made.processes)):
        made.kill(number)


def test_jobs_on_the_cpu_wait_for_each_other(jobs):
    assert jobs.start()() is None
    second = jobs.start()
    assert second() == WAITING.format("the CPU")
    jobs.kill(0)
    assert second() is None


def test_a_waiting_job_says_so(jobs, caplog, monkeypatch):
    jobs.start("GPU-0")()
    monkeypatch.setattr("time.sleep", lambda _seconds: jobs.kill(0))
    with hold_device(["GPU-0"]) as board:
        assert board == "GPU-0"
    assert caplog.messages == [WAITING.format("a GPU")]


def test_each_job_has_a_board_of_its_own(jobs):
    boards = ("GPU-0", "GPU-1")
    assert jobs.start(*boards)() == "GPU-0"
    assert jobs.start(*boards)() == "GPU-1"
    third = jobs.start(*boards)
    assert third() == WAITING.format("a GPU")
    jobs.kill(1)
    assert third() == "GPU-1"


def test_a_job_on_the_cpu_waits_for_those_on_gpus(jobs):
    assert jobs.start("GPU-0")() == "GPU-0"
    on_cpu = jobs.start()
    assert on_cpu() == WAITING.format("the CPU")
    jobs.kill(0)
    assert on_cpu() is None


def test_another_user_s_file_is_locked_too(jobs, tmp_path):
    """It can be read, but not written."""
    path = Path(tmp_path, "spikemeter-machine.lock")
    path.touch(0o444)
    with hold_device():
        assert path.stat().st_mode & 0o777 == 0o444


def test_a_link_in_the_place_of_a_lock_is_not_followed(jobs, tmp_path, caplog):
    Path(tmp_path, "spikemeter-machine.lock").symlink_to(tmp_path / "elsewhere")
    with hold_device(["GPU-0", "GPU-1"]) as board:
        assert board == "GPU-0"
    assert not (tmp_path / "elsewhere").exists()
    (said,) = caplog.messages
    assert said.startswith("the device cannot be locked here (Too many")
