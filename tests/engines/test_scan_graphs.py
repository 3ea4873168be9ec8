from dataclasses import dataclass

import pytest
import torch

from spikemeter.engines.cuda import graphs as scan_graphs
from spikemeter.engines.cuda.graphs import Recordings


@dataclass(frozen=True)
class OnDevice:
    """As much of a CUDA tensor as the bookkeeping looks at."""

    value: int
    shape: tuple[int, ...] = (4,)
    dtype: torch.dtype = torch.float32
    device: str = "cuda:0"
    is_cuda: bool = True

    def data_ptr(self):
        return self.value


@pytest.fixture
def recorded(monkeypatch):
    """Record without a device; returns the inputs that were recorded with."""
    made = []

    class Recording:
        def __init__(self, function, inputs, _settings):
            made.append(list(inputs))
            self.function = function

        def replay(self, inputs):
            return ["replayed", *self.function(*inputs)]

    monkeypatch.setattr(scan_graphs, "_Recording", Recording)
    monkeypatch.setattr(Recordings, "_settings", {})
    return made


def double(one):
    return [2 * one.value]


def test_recorded_the_second_time_that_parameters_are_there_then_replayed(recorded):
    recordings, calls = Recordings(), enumerate([100, 100, 100, 200, 200, 200])
    found = [recordings("run", double, [OnDevice(i)], [OnDevice(p)]) for i, p in calls]
    replays = [["replayed", 2 * i] for i in range(6)]
    assert found == [[0], *replays[1:3], [6], *replays[4:]]
    assert recorded == [[OnDevice(1)], [OnDevice(4)]]


@pytest.mark.parametrize(
    ("key", "other"),
    [
        ("learn", OnDevice(0)),
        ("run", OnDevice(0, shape=(3,))),
        ("run", OnDevice(0, dtype=torch.int64)),
        ("run", OnDevice(0, device="cuda:1")),
    ],
)
def test_each_key_and_shape_has_its_own(recorded, key, other):
    recordings, weight = Recordings(), OnDevice(100)
    for _ in range(2):
        recordings("run", double, [OnDevice(0)], [weight])
    assert recordings(key, double, [other], [weight]) == [0]
    assert recordings("run", double, [OnDevice(7)], [weight]) == ["replayed", 14]
    assert len(recorded) == 1


def test_nothing_is_recorded_on_a_cpu(recorded):
    recordings, one = Recordings(), torch.ones(2)
    for _ in range(3):
        (found,) = recordings("run", lambda given: [given + 1], [one], [one])
        assert found.tolist() == [2, 2]
    assert not recorded
