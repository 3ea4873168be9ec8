import json
import math
import os
import threading
import time
from dataclasses import asdict, fields
from itertools import count
from unittest.mock import Mock

import pytest
import torch

from spikemeter.metering import meter as meter_module
from spikemeter.metering.machine import open_source
from spikemeter.metering.meter import Meter
from spikemeter.metering.reading import Reading
from spikemeter.metering.source import SAMPLE_COLUMNS, Source

from .conftest import UUID, UnthreadedMeter

NUMBERS = {item.name for item in fields(Reading)}
NUMBERS -= {"energy_source", "missing", "notes"}


def assert_whole(reading):
    """Every number is finite, or None with a reason; all of it goes into JSON."""
    for name in NUMBERS:
        value = getattr(reading, name)
        assert (value is None) == (name in reading.missing), name
        assert value is None or math.isfinite(value)
    json.dumps(asdict(reading), allow_nan=False)


def test_known_power_curve_gives_known_joules_from_both_sources(stepped):
    meter = stepped("power 0 0 50000", "power 0 4000 150000")
    reading = meter.measure(10.0)
    assert reading.seconds == pytest.approx(10)
    # 4 s at 50 W and 6 s at 150 W; the sensor's boxcar lags by half its 0.1 s.
    assert reading.energy_counter_j == pytest.approx(1100, abs=0.1)
    assert reading.energy_sampled_j == pytest.approx(1095, abs=0.1)
    assert reading.energy_j == reading.energy_counter_j
    assert reading.energy_source == "counter"
    assert reading.power_w == pytest.approx(110, abs=0.1)
    assert reading.power_max_w == pytest.approx(150)
    assert reading.energy_disagreement_pct == pytest.approx(-100 * 5 / 1100, abs=0.01)
    # The gain of a board that is not listed, and the step of 100 W at either edge.
    own_j = 1.96 * math.hypot(
        *(0.05 * 100, 0.1 / 12**0.5 * 50, 0.1 / 12**0.5 * 150, 5 / 12**0.5)
    )
    assert reading.energy_own_error_j == pytest.approx(own_j, rel=0.01)
    assert reading.energy_error_j == pytest.approx(math.hypot(0.127 * 1100, own_j))
    assert reading.notes == ()
    assert_whole(reading)


def test_board_readings(stepped):
    meter = stepped(
        f"process 0 {os.getpid()} 1000000000",
        "process 0 4242 800000000",
        "set 0 throttle_bits 4",
    )
    reading = meter.measure(2.0)
    assert reading.memory_used_bytes == 2_000_000_000  # with the driver's 200 MB
    assert reading.memory_pct == reading.memory_max_pct == pytest.approx(25)
    assert reading.process_bytes == 1_000_000_000
    assert (reading.gpu_utilisation_pct, reading.memory_utilisation_pct) == (90, 40)
    assert (reading.temperature_max_c, reading.sm_clock_mhz) == (60, 1500)
    assert reading.throttle_bits == 4
    assert reading.allocator_peak_bytes is None
    assert_whole(reading)


@pytest.mark.parametrize(
    ("commands", "seconds", "reason"),
    [
        ([], 0.9, "shorter than 1 s"),
        (["set 0 mig 1"], 0.5, "MIG: no power reading per slice"),
        (["set 0 mig 1"], 2.0, "MIG: no power reading per slice"),
    ],
)
def test_no_energy(stepped, commands, seconds, reason):
    meter = stepped(*commands)
    assert meter.meter.can_meter_energy == (not commands)
    assert meter.meter.conditions()["mig"] == bool(commands)
    reading = meter.measure(seconds)
    for name in ("energy_j", "energy_counter_j", "energy_sampled_j", "power_w"):
        assert getattr(reading, name) is None
        assert reading.missing[name] == reason
    assert reading.power_max_w is None
    assert reading.memory_pct is not None
    assert_whole(reading)


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("architecture 4", "Not Supported"),  # Pascal
        ("counter_stuck_ms 0", "the energy counter did not advance"),
        ("counter_reset_ms 2000", "went backwards"),
    ],
)
def test_without_a_counter_the_samples_give_the_energy(stepped, setting, reason):
    reading = stepped(f"set 0 {setting}", "power 0 0 100000").measure(5.0)
    assert reading.energy_counter_j is None
    assert reason in reading.missing["energy_counter_j"]
    assert (reading.energy_source, reading.energy_j) == ("sampled", pytest.approx(500))
    assert_whole(reading)


def test_a_pause_leaves_the_counter_of_a_board_unusable(stepped):
    """The board goes on, at 60 W: its samples give what the work took."""
    meter = stepped("power 0 0 100000", "power 0 3000 60000", "power 0 28000 100000")
    with meter.meter.phase("train") as phase:
        meter.run(3.0)
        meter.fake.advance(25.0)
        meter.meter.sample()
        meter.run(3.0)
    reading = phase.reading
    assert reading.seconds == pytest.approx(6, abs=0.01)
    assert reading.paused_s == pytest.approx(25, abs=0.01)
    assert (
        reading.missing["energy_counter_j"] == "the energy counter went on in a pause"
    )
    assert (reading.energy_source, reading.energy_j) == (
        "sampled",
        pytest.approx(600, abs=reading.energy_own_error_j),
    )
    # The pause may begin 0.1 s before it is seen, and its end is seen as late.
    ends_j = 1.96 * 0.2 / 12**0.5 * 100
    assert ends_j < reading.energy_own_error_j < 4 * ends_j
    assert_whole(reading)


def test_counter_that_sticks_midway_is_noted(stepped):
    reading = stepped("power 0 0 100000", "set 0 counter_stuck_ms 2500").measure(5.0)
    assert reading.energy_counter_j == pytest.approx(250)
    assert reading.energy_disagreement_pct == pytest.approx(100)
    assert "+100 %" in reading.notes[0]


def test_power_sensor_that_fails_for_long_leaves_the_counter(stepped):
    meter = stepped("power 0 0 100000", "fault nvmlDeviceGetFieldValues 999 2000")
    reading = meter.measure(5.0)
    assert reading.energy_sampled_j is None
    assert reading.missing["energy_sampled_j"].startswith("no power sample for 3")
    assert (reading.energy_source, reading.energy_j) == ("counter", pytest.approx(500))
    assert_whole(reading)


def test_rare_samples_of_a_short_window_do_not_see_everything(stepped):
    """A board without a counter, whose sensor sees 10 of 100 ms at this interval."""
    reading = stepped("power 0 0 100000", "set 0 architecture 4").measure(5.0)
    assert reading.energy_own_error_j == pytest.approx(0.2 * 500, rel=0.01)


def test_every_reading_of_a_board_is_optional(stepped):
    functions = (
        *("FieldValues", "PowerUsage", "TotalEnergyConsumption", "MemoryInfo"),
        *("ComputeRunningProcesses_v3", "UtilizationRates", "Temperature", "ClockInfo"),
        *("CurrentClocksThrottleReasons", "MigMode"),
    )
    meter = stepped(*(f"fault nvmlDeviceGet{name} 4 0" for name in functions))
    assert not meter.meter.can_meter_energy
    assert meter.meter.conditions()["mig"] is None
    reading = meter.measure(2.0)
    known = {name for name in NUMBERS if getattr(reading, name) is not None}
    assert known - {"throttled_s"} == {  # which a machine may have, and no board
        *("seconds", "power_samples", "others_cpu_pct", "paused_s"),
    }
    assert reading.energy_source is None
    assert "Insufficient Permissions" in reading.missing["energy_j"]
    reason = "nvmlDeviceGetTemperature: Insufficient Permissions"
    assert reading.missing["temperature_max_c"] == reason
    assert_whole(reading)


@pytest.fixture
def rested(stepped, monkeypatch):
    """Return a function that opens a stepped meter and measures its idle power."""

    def open_meter(seconds, *commands):
        meter = stepped(*commands)
        monkeypatch.setattr(meter_module.time, "sleep", meter.run)
        meter.meter.baseline(seconds)
        return meter

    return open_meter


@pytest.mark.parametrize(("shifts", "residual_pct"), [(7, 5), (6, 20)])
def test_work_that_is_shifted_is_seen_better(
    stepped, monkeypatch, shifts, residual_pct
):
    meter = stepped("power 0 0 100000", "set 0 architecture 9")  # Hopper
    monkeypatch.setattr(meter_module.time, "sleep", meter.fake.advance)
    with meter.meter.phase("test") as phase:
        for _ in range(shifts):
            meter.run(1.0)
            meter.meter.shift()
    assert phase.paused_s == pytest.approx(shifts * 0.0125)
    reading = phase.reading
    expected = pytest.approx(residual_pct / 100 * reading.energy_j, rel=0.05)
    assert reading.energy_own_error_j == expected


def test_no_shift_where_the_sensor_sees_everything(stepped, monkeypatch):
    meter = stepped()
    monkeypatch.setattr(meter_module.time, "sleep", meter.fake.advance)
    with meter.meter.phase("test") as phase:
        meter.meter.shift()
    assert (phase.shifts, phase.reading.seconds) == (0, 0)


def test_baseline_gives_net_energy(rested):
    # The board settles for 4 s, after which it idles for 5 s.
    levels = ["power 0 0 60000", "power 0 3800 25000", "power 0 9000 125000"]
    meter = rested(5.0, *levels)
    reading = meter.measure(10.0)
    assert meter.meter.conditions()["idle_w"] == pytest.approx(25)
    assert reading.energy_j == pytest.approx(1250)
    assert reading.net_energy_j == pytest.approx(1000)
    assert not {"idle_w", "net_energy_j"} & meter.meter.missing.keys()


def test_an_unsteady_idle_power_widens_the_error_of_the_net_energy(rested):
    steady = rested(5.0, "power 0 0 25000", "power 0 9000 125000").measure(10.0)
    # The clock goes on: the second idle time is from 23 to 28 s.
    steps = ("power 0 0 15000", "power 0 25500 35000", "power 0 28000 125000")
    unsteady = rested(5.0, *steps).measure(10.0)
    assert unsteady.net_energy_j == pytest.approx(steady.net_energy_j, rel=0.001)
    edge_s, disagreement_j = 0.1 / 12**0.5, 0.05 * 20
    idle = (
        (edge_s * 25, edge_s * 25),
        (0.05 * 20, edge_s * 15, edge_s * 35, disagreement_j / 12**0.5),
    )
    for reading, deviations in zip((steady, unsteady), idle, strict=True):
        work_j = math.hypot(0.127 * reading.net_energy_j, reading.energy_own_error_j)
        idle_j = 2 * 1.96 * math.hypot(*deviations)  # 10 s at an idle power of 5 s
        expected = pytest.approx(math.hypot(work_j, idle_j))
        assert reading.net_energy_error_j == expected


def test_baseline_too_short_has_a_reason(rested):
    meter = rested(0.5)
    assert meter.meter.conditions()["idle_w"] is None
    assert meter.meter.missing == {"idle_w": "shorter than 1 s"}
    assert "baseline" in meter.measure(2.0).missing["net_energy_j"]


def test_baseline_without_power_returns_at_once(rested):
    meter = rested(5.0, "set 0 mig 1")
    assert len(meter.meter.samples()) == 1
    assert "MIG" in meter.meter.missing["idle_w"]


def test_samples_are_rows_with_their_phase(stepped):
    meter = stepped()
    meter.run(0.3)
    meter.measure(0.5)
    rows = meter.meter.samples()
    assert meter.meter.samples(first=3) == rows[3:]
    table = [dict(zip(SAMPLE_COLUMNS, row, strict=True)) for row in rows]
    times = [row["time_s"] for row in table]
    assert times == sorted(times)
    assert [row["phase"] for row in table].count("train") == 7  # 5 and both ends
    assert table[-1]["power_w"] == pytest.approx(30)
    assert table[-1]["process_bytes"] is None


def test_what_was_used_since_a_mark(stepped):
    meter = stepped("power 0 0 100000")
    meter.run(1.0)
    mark = meter.meter.mark()
    meter.run(2.0)
    reading = meter.meter.since(mark)
    assert reading.seconds == pytest.approx(2.0, abs=0.2)
    assert reading.energy_j == pytest.approx(100 * reading.seconds, rel=0.1)
    meter.run(2.0)
    assert meter.meter.since(mark).seconds == pytest.approx(4.0, abs=0.2)


def test_phases_lie_inside_each_other(stepped, monkeypatch):
    peaks = iter([1, 50, 30, 20])
    monkeypatch.setattr(meter_module, "take_cuda_peak", lambda _device: next(peaks))
    run = stepped("power 0 0 100000")
    with run.meter.phase("outer") as outer:
        run.run(2.0)
        with run.meter.phase("inner") as inner:
            run.run(2.0)
    assert inner.reading.seconds == pytest.approx(2.0, abs=0.2)
    assert outer.reading.seconds == pytest.approx(4.0, abs=0.2)
    assert outer.reading.energy_j == pytest.approx(2 * inner.reading.energy_j, rel=0.1)
    # The first peak is older than both phases, the second the outer's alone.
    assert inner.reading.allocator_peak_bytes == 30
    assert outer.reading.allocator_peak_bytes == 50
    assert {phase for _, phase, *_ in run.meter.samples()} >= {"outer", "inner"}


def test_reading_exists_after_the_phase_only(stepped):
    early = pytest.raises(RuntimeError, match="before its block has ended")
    with stepped().meter.phase("train") as phase, early:
        _ = phase.reading
    assert phase.reading.seconds == 0


def test_failure_in_a_phase_is_not_hidden(stepped):
    with pytest.raises(KeyError, match="work"), stepped().meter.phase("train"):
        raise KeyError("work")


def test_row_is_flat_and_prefixed(stepped):
    row = stepped("set 0 architecture 4").measure(2.0).as_row("train_")
    assert row["train_energy_source"] == "sampled"
    assert "energy_counter_j: nvmlDeviceGetTotal" in row["train_missing"]
    assert all(not isinstance(value, dict | tuple) for value in row.values())


def test_thread_samples_by_itself_and_ends():
    with Meter(torch.device("cpu"), interval_s=0.005) as meter:
        deadline = time.monotonic() + 20
        while len(meter.samples()) < 5 and time.monotonic() < deadline:
            time.sleep(0.01)
    assert len(meter.samples()) >= 5
    assert "meter" not in [thread.name for thread in threading.enumerate()]


def test_cpu_without_rapl():
    with Meter(torch.device("cpu")) as meter:
        with meter.phase("train") as phase:
            pass
        conditions = meter.conditions()
    reading = phase.reading
    assert 0 < reading.memory_pct < 100
    assert reading.process_bytes == reading.memory_used_bytes > 10_000_000
    assert reading.gpu_utilisation_pct is None
    assert (conditions["device"], conditions["energy_scope"]) == ("cpu", "cpu package")
    assert conditions["machine_memory_bytes"] > reading.process_bytes
    assert conditions["board"] is None
    assert_whole(reading)


def test_cuda_board_without_nvml_gives_reasons():
    board = Source("NVML does not start: NVML Shared Library Not Found")
    with Meter(torch.device("cpu"), board=board) as meter:
        with meter.phase("train") as phase:
            pass
        meter.baseline()
    assert not meter.can_meter_energy
    assert "Library Not Found" in meter.missing["idle_w"]
    assert "Library Not Found" in phase.reading.missing["memory_pct"]
    assert_whole(phase.reading)


@pytest.mark.parametrize(
    ("uuid", "lost"),
    [(UUID, None), ("GPU-x", "NVML finds no board GPU-x or MIG-x: Not Found")],
)
def test_board_of_a_cuda_device_is_found_by_its_uuid(nvml, monkeypatch, uuid, lost):
    properties = Mock(uuid=uuid.removeprefix("GPU-"))
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _device: properties)
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda _device: 512)
    board = open_source(torch.device("cuda"))
    assert board.lost == lost
    assert board.conditions().get("uuid") == (None if lost else uuid)
    assert lost or board.in_use
    board.close()


def test_cuda_is_idle_before_clock_and_counter_are_read(monkeypatch):
    told = Mock()
    told.clock.side_effect, told.counter.side_effect = count(0.0), count(1.0)
    told.max_memory_reserved.return_value = 22
    for name in ("synchronize", "reset_peak_memory_stats", "max_memory_reserved"):
        monkeypatch.setattr(torch.cuda, name, getattr(told, name))
    board = Source()
    monkeypatch.setattr(board, "energy_j", told.counter)
    with (
        UnthreadedMeter(torch.device("cuda"), board=board, clock=told.clock) as meter,
        meter.phase("train") as phase,
    ):
        told.work()
    calls = [name for name, *_ in told.mock_calls]
    work = calls.index("work")
    assert "reset_peak_memory_stats" in calls[:work]
    assert calls[:work][-3:] == ["synchronize", "clock", "counter"]
    assert calls[work + 1 :][:3] == ["synchronize", "clock", "counter"]
    assert phase.reading.allocator_peak_bytes == 22


@pytest.mark.parametrize("interval_s", [0, -1, math.nan])
def test_bad_interval_is_refused(interval_s):
    with pytest.raises(ValueError, match="interval_s"):
        Meter(torch.device("cpu"), interval_s)


def test_other_devices_are_refused():
    with pytest.raises(ValueError, match="only cuda and cpu"):
        open_source(torch.device("meta"))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_true_board():
    device = torch.device("cuda")
    with Meter(device) as meter:
        matrix = torch.ones(4096, 4096, device=device)
        with meter.phase("work") as phase:
            end = time.monotonic() + 2
            while time.monotonic() < end:
                (matrix @ matrix).sum().item()
    assert phase.reading.allocator_peak_bytes >= 2 * matrix.nbytes
    assert meter.conditions()["board"] == torch.cuda.get_device_name(device)
    assert_whole(phase.reading)
