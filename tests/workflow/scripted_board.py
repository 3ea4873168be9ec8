"""Part of a workflow under test: a scripted board that draws more power in each pass.

Variables of the environment: ``FAKE_NVML`` is the compiled library, ``IDLE_W`` and
``WORK_W`` are the power between passes and in them, and ``PASSES`` is a folder where
each process leaves the seconds of its passes.
"""

import ctypes
import os
import sys
import time
from functools import wraps
from pathlib import Path

import pynvml

from spikemeter.metering.nvml import Board

UUID = "GPU-00000000-0000-0000-0000-000000000000"
PASS_S = 2.5

library = pynvml.nvmlLib = ctypes.CDLL(os.environ["FAKE_NVML"])
passes = Path(os.environ["PASSES"]) / Path(sys.argv[0]).name.split(".")[-2]
start_s = time.perf_counter()


def tell(command):
    assert library.fake_command(command.encode()) == 0, command


def draw(name):
    """Change the power to a variable's; return the moment."""
    now_s = time.perf_counter()
    tell(f"power 0 {1e3 * (now_s - start_s):.3f} {os.environ[name]}e3")
    return now_s


class LiveBoard(Board):
    """The scripted board at the true time."""

    def call(self, function, *arguments):
        tell(f"clock {1e3 * (time.perf_counter() - start_s):.3f}")
        return super().call(function, *arguments)


def open_source(_device):
    tell("reset")
    tell(f"power 0 0 {os.environ['IDLE_W']}e3")
    return LiveBoard.open(UUID)


def work(run_pass):
    """Return ``run_pass`` of PASS_S or more, at ``WORK_W``."""

    @wraps(run_pass)
    def run(*args, **keywords):
        begin_s = draw("WORK_W")
        try:
            return run_pass(*args, **keywords)
        finally:
            time.sleep(max(0.0, begin_s + PASS_S - time.perf_counter()))
            seconds = draw("IDLE_W") - begin_s
            with passes.open("a") as file:
                file.write(f"{seconds}\n")

    return run
