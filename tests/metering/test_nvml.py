import os
import subprocess
import sys
from pathlib import Path

import pynvml
import pytest
import torch

from spikemeter.metering.hardware import BOARD_CONDITIONS
from spikemeter.metering.nvml import Board
from spikemeter.metering.source import UnavailableError

from .conftest import UUID

LIBRARY_FOLDER = Path(__file__).parents[2] / "workflow_scripts"
CHILD = """
import json, sys
from spikemeter.metering.nvml import Board
from spikemeter.metering.source import UnavailableError
try:
    board = Board.open(sys.argv[1])
except UnavailableError as error:
    print(error)
else:
    print(json.dumps(board.conditions()), board.sample(0.0)["power_w"])
"""


def run_child(**environment):
    plain = {k: v for k, v in os.environ.items() if k != "LD_LIBRARY_PATH"}
    return subprocess.run(
        [sys.executable, "-c", CHILD, UUID],
        env=plain | {"PYTHONPATH": str(LIBRARY_FOLDER)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def board(nvml):
    """Return a function that opens the board after some commands."""

    def open_board(*commands, uuid=UUID):
        nvml(*commands)
        return Board.open(uuid)

    return open_board


def test_uuid_picks_the_board(board):
    second = board(
        "boards 2", "uuid 1 GPU-second", "power 1 0 77000", uuid="GPU-second"
    )
    assert second.conditions()["uuid"] == "GPU-second"
    assert second.sample(0.0)["power_w"] == 77


def test_unknown_uuid(board):
    with pytest.raises(UnavailableError, match="NVML finds no board GPU-x: Not Found"):
        board(uuid="GPU-x")


def test_driver_that_does_not_start(board):
    with pytest.raises(UnavailableError, match="NVML does not start: Driver Not"):
        board("fault nvmlInitWithFlags 9 0")


def test_conditions(board):
    conditions = board(f"process 0 {os.getpid()} 10", "process 0 4242 20").conditions()
    assert tuple(conditions) == BOARD_CONDITIONS
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
        (["fieldfault 186 0 3"], "PowerUsage", 30),
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


def test_every_reading_is_optional(board):
    functions = (
        "FieldValues",
        "PowerUsage",
        "TotalEnergyConsumption",
        "MemoryInfo",
        "ComputeRunningProcesses_v3",
        "UtilizationRates",
        "Temperature",
        "ClockInfo",
        "CurrentClocksThrottleReasons",
        "MigMode",
    )
    opened = board(*(f"fault nvmlDeviceGet{name} 4 0" for name in functions))
    assert opened.sample(0.0) == {}
    assert not opened.meters_energy
    assert opened.conditions()["mig"] is None
    reason = "nvmlDeviceGetTemperature: Insufficient Permissions"
    assert opened.reason("temperature_c") == reason
    with pytest.raises(UnavailableError, match="Insufficient Permissions"):
        opened.energy_j()


@pytest.mark.parametrize(("code", "later"), [(999, 60), (3, None)])
def test_only_a_passing_failure_is_asked_again(nvml, board, code, later):
    opened = board(f"faultat nvmlDeviceGetTemperature {code} 100")
    assert opened.sample(0.0)["temperature_c"] == 60
    nvml.advance(0.2)
    assert "temperature_c" not in opened.sample(0.2)
    nvml("clock 0")
    assert opened.sample(0.3).get("temperature_c") == later


def test_process_memory_under_wddm(board):
    opened = board(f"process 0 {os.getpid()} -1")
    assert "process_bytes" not in opened.sample(0.0)
    assert "WDDM" in opened.reason("process_bytes")


def test_process_that_nvml_does_not_list(board):
    opened = board("process 0 4242 5")
    assert "process_bytes" not in opened.sample(0.0)
    assert "does not list process" in opened.reason("process_bytes")


def test_driver_that_is_gone_does_not_fail_at_the_end(board):
    board("fault nvmlShutdown 1 0").close()


def test_torch_does_not_see_the_scripted_board(board):
    seen = torch.cuda.is_available(), torch.cuda.device_count()
    board()
    assert pynvml.nvmlDeviceGetHandleByUUID(UUID) is not None
    assert (torch.cuda.is_available(), torch.cuda.device_count()) == seen


def test_child_process_finds_the_library_by_its_name(fake_library, tmp_path):
    script = tmp_path / "script"
    script.write_text("power 0 0 88000\n")
    child = run_child(
        LD_LIBRARY_PATH=str(fake_library.parent), FAKE_NVML_SCRIPT=str(script)
    )
    assert "Scripted Board" in child.stdout
    assert child.stdout.split()[-1] == "88.0"


def test_typo_in_a_script_ends_the_child(fake_library, tmp_path):
    script = tmp_path / "script"
    script.write_text("powr 0 0 88000\n")
    child = run_child(
        LD_LIBRARY_PATH=str(fake_library.parent), FAKE_NVML_SCRIPT=str(script)
    )
    assert child.returncode != 0
    assert "bad command: powr" in child.stderr


def test_no_driver_at_all(monkeypatch):
    def fail(name):
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(pynvml, "nvmlLib", None)
    monkeypatch.setattr(pynvml, "CDLL", fail)
    with pytest.raises(UnavailableError, match="NVML Shared Library Not Found"):
        Board.open(UUID)
