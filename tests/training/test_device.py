import contextlib
import ctypes
import os

import pytest
import torch

from spikemeter.training import device as module
from spikemeter.training.device import list_boards, own_device, prepare_device
from tests.metering.conftest import compile_library


@pytest.fixture(autouse=True)
def cpu(monkeypatch):
    """Let torch find no CUDA device; leave the process's settings as they are."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch, "set_num_threads", lambda _threads: None)
    monkeypatch.setattr(torch, "use_deterministic_algorithms", lambda *_a, **_k: None)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


@pytest.mark.parametrize(
    ("name", "driver", "visible", "warned"),
    [
        ("auto", "535.1", None, True),
        ("auto", "535.1", "0", True),
        ("auto", "535.1", "", False),
        ("auto", None, None, False),
        ("cpu", "535.1", None, False),
    ],
)
def test_a_gpu_that_torch_does_not_find_is_not_left_unused_in_silence(
    name, driver, visible, warned, monkeypatch, caplog
):
    monkeypatch.setattr(module, "read_driver", lambda: driver)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert prepare_device(name, None) == torch.device("cpu")
    said = f"there is a GPU (driver 535.1), but torch {torch.__version__}"
    assert (said in caplog.text) == warned


def test_a_gpu_that_is_asked_for_must_be_found():
    with pytest.raises(RuntimeError, match="torch finds no CUDA device"):
        prepare_device("cuda", None)


# Two boards, of which CUDA lists NVML's second one first.
LIBCUDA = """
#include <string.h>
int cuInit(unsigned flags) { return FAILS; }
int cuDeviceGetCount(int *count) { *count = 2; return 0; }
int cuDeviceGet(int *device, int number) { *device = 1 - number; return 0; }
int cuDeviceGetUuid_v2(char *uuid, int device) {
  memset(uuid, 0, 16);
  uuid[15] = (char)device;
  return 0;
}
"""
BOARDS = [f"GPU-00000000-0000-0000-0000-00000000000{number}" for number in (1, 0)]


@pytest.mark.parametrize(("fails", "found"), [(0, BOARDS), (100, [])])
def test_boards_are_in_the_order_of_cuda(tmp_path, monkeypatch, fails, found):
    source = tmp_path / "cuda.c"
    source.write_text(LIBCUDA.replace("FAILS", str(fails)))
    compile_library(source, tmp_path / "libcuda.so.1")
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: None)
    assert list_boards() == found


def test_no_boards_without_a_driver(monkeypatch):
    def fail(name):
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(ctypes, "CDLL", fail)
    assert list_boards() == []


@pytest.fixture
def held(monkeypatch):
    """Return what is held, job after job: the last board that each may use."""
    found = []

    @contextlib.contextmanager
    def hold(boards=()):
        found.append(list(boards))
        yield boards[-1] if boards else None

    monkeypatch.setattr(module, "hold_device", hold)
    return found


@pytest.mark.parametrize(
    ("boards", "visible"), [(BOARDS, BOARDS[1]), (BOARDS[:1], None)]
)
def test_a_job_sees_its_own_board_alone(held, monkeypatch, boards, visible):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "before")
    monkeypatch.setattr(module, "list_boards", lambda: boards)
    device = torch.device("cuda", 0)
    monkeypatch.setattr(module, "prepare_device", lambda _name, _threads: device)
    with own_device("auto", None) as found:
        assert found == device
        assert os.environ["CUDA_VISIBLE_DEVICES"] == (visible or "before")
    assert held == [boards]


@pytest.mark.parametrize(("name", "holds"), [("auto", [BOARDS, []]), ("cpu", [[]])])
def test_a_job_that_ends_on_the_cpu_works_alone(held, monkeypatch, name, holds):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setattr(module, "list_boards", lambda: BOARDS)
    monkeypatch.setattr(module, "read_driver", lambda: None)
    with own_device(name, None) as found:
        assert found == torch.device("cpu")
        assert held == holds
