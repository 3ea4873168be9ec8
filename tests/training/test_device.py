import pytest
import torch

from spikemeter.training import device as module
from spikemeter.training.device import prepare_device


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
