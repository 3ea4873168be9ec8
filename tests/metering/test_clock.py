"""Pauses of a true process, and gaps that are none."""

import os
import signal
import subprocess
import sys
import time

import pytest
import torch

from spikemeter.metering.clock import WorkClock
from spikemeter.metering.meter import Meter

# 0.6 s of work in one phase, in a process that its parent stops in the middle.
PAUSED = """
import sys, time, torch
from spikemeter.metering.meter import Meter
with Meter(torch.device("cpu")) as meter:
    print("ready", flush=True)
    sys.stdin.readline()
    with meter.phase("epoch") as phase:
        start_s = time.thread_time()
        while time.thread_time() - start_s < 0.6:
            pass
reading = phase.reading
print(reading.seconds, reading.paused_s, *reading.notes, sep="|")
"""


def test_a_stopped_process_does_not_work():
    kind = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    path = os.pathsep.join(sys.path)
    environment = os.environ | {"PYTHONPATH": path}
    command = [sys.executable, "-c", PAUSED]
    with subprocess.Popen(command, env=environment, **kind) as process:
        assert process.stdout.readline() == "ready\n"
        process.stdin.write("go\n")
        process.stdin.flush()
        time.sleep(0.3)
        os.kill(process.pid, signal.SIGSTOP)
        time.sleep(3.0)
        os.kill(process.pid, signal.SIGCONT)
        seconds, paused_s, note = process.stdout.read().strip().split("|")
    # On busy CPUs the work itself takes longer, and a signal comes late.
    assert float(seconds) >= 0.6
    assert float(paused_s) == pytest.approx(3.0, abs=0.5)
    assert note == (
        f"stopped or asleep for {float(paused_s):.1f} s, which no other number includes"
    )


def test_work_that_lets_nothing_else_run_is_no_pause():
    """One long call that keeps Python's lock: the meter's thread cannot sample."""
    with Meter(torch.device("cpu")) as meter:
        count, start_s = 10_000_000, time.thread_time()
        with meter.phase("work") as phase:
            while time.thread_time() - start_s < 1.5:
                sum(range(count))
                count *= 2
    assert phase.reading.paused_s == 0
    assert phase.reading.seconds >= 1.5


def test_an_epoch_of_28_ms_that_was_stopped_for_25_s(monkeypatch):
    now_s, busy_s = [0.0], [0.0]
    computed = "spikemeter.metering.clock._make_cpu_clock"
    monkeypatch.setattr(computed, lambda: lambda: busy_s[0])
    clock = WorkClock(lambda: now_s[0], 0.1)
    now_s[0], busy_s[0] = 25.028, 0.028
    assert clock.notice_pause()
    assert clock.time_s == pytest.approx(0.028)
    assert clock.paused_s == pytest.approx(25)
    now_s[0] += 1.05  # the thread waits, for a GPU
    assert not clock.notice_pause()
    assert clock.time_s == pytest.approx(1.078)
    assert (clock.pauses, clock.paused_s) == (1, pytest.approx(25))
