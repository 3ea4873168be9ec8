import fcntl
import multiprocessing
import os
import signal

import pytest

from spikemeter.locks import exclusive_lock


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
