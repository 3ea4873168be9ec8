import os
from unittest.mock import Mock

import pynvml
import pytest

from spikemeter.metering.nvml import CONDITIONS, Board, read_driver
from spikemeter.metering.source import UnavailableError

from .conftest import UUID


@pytest.fixture
def board(nvml):
    """Return a function that opens the board after some commands."""

    def open_board(*commands, uuid=UUID):
        nvml(*commands)
        return Board.open(uuid)

    return open_board


def test_uuid_picks_the_board(board):
    uuid = UUID[:-1] + "1"
    second = board("power 1 0 77000", uuid=uuid)
    assert second.conditions()["uuid"] == uuid
    assert second.sample(0.0)["power_w"] == 77


def test_conditions(board):
    processes = f"process 0 {os.getpid()} 10", f"process 0 {os.getppid()} 20"
    conditions = board(*processes).conditions()
    assert list(conditions) == list(CONDITIONS)
    assert conditions == {
        "board": "Scripted Board",
        "uuid": UUID,
        "architecture": "Ampere",
        "driver": "555.0",
        "nvml": "12.555",
        "power_limit_w": 200.0,
        "default_power_limit_w": 200.0,
        "persistence": True,
        "mig": False,
        "power_field": "instant, board",
        "other_compute_processes": 1,
        "board_used_bytes_at_start": 200_000_030,
    }


def test_conditions_that_the_driver_refuses_are_none(board):
    names = ("Name", "UUID", "Architecture", "EnforcedPowerLimit", "MemoryInfo")
    faults = [f"fault nvmlDeviceGet{name} 4 0" for name in names]
    conditions = board(
        *faults,
        "fault nvmlSystemGetDriverVersion 999 0",
        "fault nvmlDeviceGetComputeRunningProcesses_v3 3 0",
        "fault nvmlDeviceGetPersistenceMode 3 0",
    ).conditions()
    known = {name for name, value in conditions.items() if value is not None}
    assert known == {"nvml", "default_power_limit_w", "mig", "power_field"}


@pytest.mark.parametrize(
    ("commands", "field", "power_w"),
    [
        ([], "instant, board", 90),
        (["set 0 power_scope 1"], "instant, module", 90),
        (["set 0 power_scope 9"], "PowerUsage", 30),
        (["fault nvmlDeviceGetFieldValues 13 0"], "PowerUsage", 30),
    ],
)
def test_power_field_that_answers(nvml, board, commands, field, power_w):
    opened = board("power 0 0 30000", "power 0 9900 90000", *commands)
    nvml.advance(10.0)
    assert opened.conditions()["power_field"] == field
    # The mean of the last second has hardly seen the step.
    expected = power_w if field != "PowerUsage" else 36
    assert opened.sample(0.0)["power_w"] == pytest.approx(expected)


def test_power_of_0_w_is_no_reading(board):
    opened = board("power 0 0 0")
    assert "power_w" not in opened.sample(0.0)
    assert "reports 0 W" in opened.reason("power_w")


@pytest.mark.parametrize(("code", "later"), [(999, 60), (3, None)])
def test_only_a_passing_failure_is_asked_again(nvml, board, code, later):
    opened = board(f"fault nvmlDeviceGetTemperature {code} 100")
    assert opened.sample(0.0)["temperature_c"] == 60
    nvml.advance(0.2)
    assert "temperature_c" not in opened.sample(0.2)
    nvml("clock 0")
    assert opened.sample(0.3).get("temperature_c") == later


@pytest.mark.parametrize(
    ("process", "reason"),
    [
        (f"{os.getpid()} -1", "WDDM"),
        (f"{os.getpid()} 0", "0 bytes for this process"),
        ("4242 5", "does not list process"),
    ],
    ids=["its own", "its own, 0 bytes", "another"],
)
def test_process_memory_that_is_not_told(board, process, reason):
    opened = board(f"process 0 {process}")
    assert "process_bytes" not in opened.sample(0.0)
    assert reason in opened.reason("process_bytes")


OWN = os.getpid()


def count_others(opened):
    """Return the number of other processes, or why it is not known."""
    found = opened.conditions()["other_compute_processes"]
    return opened.reason("other_compute_processes") if found is None else found


@pytest.mark.parametrize("pids", [[OWN + 100_000], [], [OWN + 100_000, OWN + 100_001]])
def test_other_processes_are_unknown_where_ours_is_not_listed(board, pids):
    opened = board(*(f"process 0 {pid} 10" for pid in pids))
    assert f"NVML does not list process {OWN}: " in count_others(opened)


@pytest.mark.parametrize("pid", [0, 2**22 + 1, 2**32 - 1])
def test_an_entry_that_is_no_process_leaves_others_unknown(board, pid):
    opened = board(f"process 0 {OWN} 10", f"process 0 {pid} 20")
    assert count_others(opened) == "NVML lists 1 entries that are no process here"
    assert opened.sample(0.0)["process_bytes"] == 10


def test_an_other_process_counts_once(board):
    """One process may have several contexts on a board."""
    others = 2 * [f"process 0 {os.getppid()} 20"]
    assert count_others(board(f"process 0 {OWN} 10", *others)) == 1


@pytest.mark.parametrize(
    ("numbers", "in_use", "pids", "others"),
    [
        ("pid:[4026532291]", True, [OWN + 100_000], 0),
        ("pid:[4026532291]", False, [OWN + 100_000], None),
        ("pid:[4026532291]", True, [OWN + 100_000, OWN + 100_001], None),
        ("pid:[4026531836]", True, [OWN + 100_000], None),  # the host itself
    ],
)
def test_the_only_process_of_a_board_in_use_is_ours_in_a_container(
    board, monkeypatch, numbers, in_use, pids, others
):
    monkeypatch.setattr("os.readlink", lambda _path: numbers)
    opened = board(*(f"process 0 {pid} 10" for pid in pids))
    opened.in_use = in_use
    assert opened.conditions()["other_compute_processes"] == others
    assert opened.sample(0.0).get("process_bytes") == (None if others is None else 10)


def test_a_slice_is_opened_by_its_own_uuid(nvml):
    nvml("set 0 mig 1")
    opened = Board.open("GPU-x", UUID.replace("GPU", "MIG"))
    assert opened.conditions()["mig"]
    assert not opened.meters_energy
    assert "power_w" not in opened.sample(0.0)
    assert opened.reason("power_w") == "MIG: no power reading per slice"


@pytest.mark.parametrize(
    ("uuid", "reason"),
    [
        ("GPU-x", "NVML finds no board GPU-x: Not Found"),
        (UUID, "NVML does not start: Driver Not"),
    ],
)
def test_a_board_that_cannot_be_opened(board, uuid, reason):
    with pytest.raises(UnavailableError, match=reason):
        board("fault nvmlInitWithFlags 9 0" if uuid == UUID else "clock 0", uuid=uuid)


def test_driver_that_is_gone_does_not_fail_at_the_end(board):
    board("fault nvmlShutdown 1 0").close()


@pytest.mark.parametrize(
    ("function", "driver"),
    [
        ("none", "555.0"),
        ("nvmlInitWithFlags", None),
        ("nvmlDeviceGetCount_v2", None),
        ("nvmlSystemGetDriverVersion", None),
    ],
)
def test_driver_is_known_where_nvml_answers(nvml, monkeypatch, function, driver):
    shutdown = Mock(wraps=pynvml.nvmlShutdown)
    monkeypatch.setattr(pynvml, "nvmlShutdown", shutdown)
    nvml(f"fault {function} 9 0")
    assert read_driver() == driver
    assert shutdown.called == (function != "nvmlInitWithFlags")


def test_no_driver_at_all(monkeypatch):
    def fail(name):
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(pynvml, "nvmlLib", None)
    monkeypatch.setattr(pynvml, "CDLL", fail)
    with pytest.raises(UnavailableError, match="NVML Shared Library Not Found"):
        Board.open(UUID)
