"""A scripted NVML library, compiled once, beneath the real Python bindings."""

import ctypes
import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pynvml
import pytest
import torch

from spikemeter.metering.meter import Meter
from spikemeter.metering.nvml import Board

SOURCE = Path(__file__).parent / "fake_nvml" / "fake_nvml.c"
UUID = "GPU-00000000-0000-0000-0000-000000000000"
STEP_S = 0.1


@pytest.fixture(scope="session")
def fake_library(tmp_path_factory):
    """Return the path of the compiled library, named as the bindings look for it."""
    library = tmp_path_factory.mktemp("nvml") / "libnvidia-ml.so.1"
    compile_library(SOURCE, library)
    return library


def compile_library(source, library):
    """Compile a scripted library, or skip the test."""
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("a scripted library needs Linux and a C compiler (cc)")
    flags = ["-std=gnu11", "-O1", "-Wall", "-Werror", "-shared", "-fPIC"]
    subprocess.run([compiler, *flags, "-o", library, source, "-lpthread"], check=True)


class FakeNvml:
    """The scripted library on a clock that only the test moves."""

    def __init__(self, path: Path) -> None:
        self.library = ctypes.CDLL(str(path))
        self.now_s = 0.0
        self("reset")

    def __call__(self, *commands: str) -> None:
        for command in commands:
            if self.library.fake_command(command.encode()):
                raise ValueError(f"not a command: {command}")

    def clock(self) -> float:
        return self.now_s

    def advance(self, seconds: float) -> None:
        self.now_s += seconds
        self(f"clock {self.now_s * 1e3:.3f}")


@pytest.fixture
def nvml(fake_library, monkeypatch):
    """Give the bindings the scripted library; torch goes on seeing the true one.

    It is loaded by its path and has no SONAME, so that nobody else finds it.
    """
    fake = FakeNvml(fake_library)
    monkeypatch.setattr(pynvml, "nvmlLib", fake.library)
    monkeypatch.setattr(pynvml, "_nvmlGetFunctionPointer_cache", {})
    return fake


class UnthreadedMeter(Meter):
    """A meter whose samples are taken by the test, on the test's clock."""

    def _run(self) -> None:
        """Sample nothing."""


class SteppedMeter:
    """A meter on the scripted board that samples STEP_S of its clock apart."""

    def __init__(self, fake: FakeNvml) -> None:
        self.fake = fake
        self.meter = UnthreadedMeter(
            torch.device("cpu"), STEP_S, board=Board.open(UUID), clock=fake.clock
        )

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / STEP_S)):
            self.fake.advance(STEP_S)
            self.meter.sample()

    def measure(self, seconds: float, name: str = "train"):
        with self.meter.phase(name) as phase:
            self.run(seconds)
        return phase.reading


@pytest.fixture
def stepped(nvml):
    """Return a function that opens a stepped meter on the scripted board."""
    with ExitStack() as stack:

        def open_meter(*commands: str) -> SteppedMeter:
            nvml(*commands)
            opened = SteppedMeter(nvml)
            stack.enter_context(opened.meter)
            return opened

        yield open_meter
