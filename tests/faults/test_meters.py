"""Meters that fail in the middle, and a network that never fires: work goes on."""

import os

import pandas as pd
import pytest

from tests.faults.fault import AGAIN, campaign
from tests.metering.conftest import fake_library, nvml, stepped  # noqa: F401 - fixtures
from tests.metering.test_host import Machine, measure
from tests.metering.test_meter import assert_whole
from tests.workflow.study import TABLES

LOST = ("energy_j", "power_w", "power_max_w", "memory_pct", "sm_clock_mhz")
GOES_ON = "the work goes on, the reading is missing with this reason"


@campaign(["NVML lost in the middle of a training"])
def test_nvml_lost(fault, stepped, record):  # noqa: F811 - the fixture
    functions = ("FieldValues", "MemoryInfo", "TotalEnergyConsumption")
    lost = [f"fault nvmlDeviceGet{name} 15 2000" for name in functions]
    meter = stepped("power 0 0 100000", *lost)
    for reading in (meter.measure(5.0), meter.measure(5.0)):
        for name in LOST:
            assert getattr(reading, name) is None
            assert "GPU is lost" in reading.missing[name]
        assert reading.seconds == pytest.approx(5.0)
        assert_whole(reading)
    reason = reading.missing["power_w"]
    assert reason == "nvmlDeviceGetFieldValues: GPU is lost"
    assert "GPU is lost" in meter.meter.missing["energy_j"]
    record(fault, reason, "nothing", GOES_ON)


class Vanishing(Machine):
    """A machine whose counter is gone after two seconds."""

    def advance(self, seconds):
        super().advance(seconds)
        if self.now_s > 2:
            self.counter.unlink()


@campaign(["the RAPL counter vanishes"])
def test_rapl_vanishes(fault, tmp_path, record):
    _, reading = measure(tmp_path, Vanishing(tmp_path, 20), 5.0)
    assert (reading.energy_j, reading.power_w) == (None, None)
    reason = reading.missing["energy_j"].replace(str(tmp_path), "/sys/class/powercap")
    assert reason == (
        "RAPL not readable: no such file or directory: "
        "/sys/class/powercap/intel-rapl:0/energy_uj; the power samples come from the "
        "same counter"
    )
    record(fault, reason, "nothing", GOES_ON)


@campaign(["NVML lists the host's process numbers in a container"])
def test_nvml_in_a_container(fault, stepped, record):  # noqa: F811 - the fixture
    meter = stepped(f"process 0 {os.getpid() + 100_000} 1000")
    assert meter.meter.conditions()["other_compute_processes"] is None
    reading = meter.measure(5.0)
    assert reading.energy_j == pytest.approx(150)
    reason = reading.missing["process_bytes"].replace(f"{os.getpid()}", "N")
    assert reason.startswith("NVML does not list process N: ")
    record(fault, reason, "nothing", GOES_ON)


class Paused(Machine):
    """A machine that sleeps for 25 s after two seconds, and whose counter goes on."""

    def advance(self, seconds):
        super().advance(25 if 2 < self.now_s < 3 else seconds)


@campaign(["a process stopped, or a machine that sleeps, while a training is metered"])
def test_paused(fault, tmp_path, record):
    _, reading = measure(tmp_path, Paused(tmp_path, 20), 5.0)
    assert reading.seconds == pytest.approx(4.9, abs=0.02)
    assert reading.energy_j == pytest.approx(98, abs=0.4)
    (note,) = reading.notes
    assert note == "stopped or asleep for 25.0 s, which no other number includes"
    record(fault, note, "nothing", "the work goes on, with this note under the tables")


class Reloaded(Machine):
    """A machine whose driver is loaded again after two seconds."""

    def advance(self, seconds):
        super().advance(seconds)
        if self.now_s > 2:
            self.counter.write_text(str(round((self.now_s - 2) * 20e6)))


@campaign(["the RAPL counter is set back"])
def test_rapl_set_back(fault, tmp_path, record):
    _, reading = measure(tmp_path, Reloaded(tmp_path, 20), 5.0)
    assert (reading.energy_j, reading.power_w) == (None, None)
    reason = reading.missing["energy_j"]
    assert reason.startswith("the RAPL counter intel-rapl:0 was set back")
    record(fault, reason, "nothing", GOES_ON)


@campaign(["a RAPL counter without a range"])
def test_rapl_without_a_range(fault, tmp_path, record):
    machine = Machine(tmp_path, 20)
    (machine.counter.parent / "max_energy_range_uj").write_text("0\n")
    _, reading = measure(tmp_path, machine, 5.0)
    assert (reading.energy_j, reading.power_w) == (None, None)
    reason = reading.missing["energy_j"].replace(str(tmp_path), "/sys/class/powercap")
    assert reason.startswith("RAPL not readable: a range of 0: /sys/class/powercap/")
    record(fault, reason, "nothing", GOES_ON)


@campaign(["a network whose neurons never fire"])
def test_silent_network(fault, broken, record):
    """It is counted and marked, not refused."""
    broken.configure(networks__snn__threshold=1e6)
    broken.succeed(TABLES)
    activity = pd.read_csv(broken / "results/tables/activity.csv", index_col="network")
    assert activity.loc["snn", "silent_pct"] == activity.loc["snn", "tied_pct"] == 100
    page = (broken / TABLES).read_text()
    assert any("SNN" in line and "100.00" in line for line in page.splitlines())
    assert "silent" in page
    seen = "a row of the tables with 100 % silent samples"
    record(fault, seen, "nothing", AGAIN)
