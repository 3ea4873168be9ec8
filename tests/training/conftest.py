"""A small problem that can be learned, and a meter that measures nothing."""

import contextlib
import logging
import time

import pytest
import torch

from spikemeter.engines.cuda import graphs
from spikemeter.metering.meter import Phase
from spikemeter.metering.reading import Reading
from spikemeter.networks.neurons.lif import Lif
from spikemeter.networks.neurons.relu import Relu
from spikemeter.training.randomness import make_generator
from spikemeter.training.samples import ImageSamples
from tests.engines.exactness import PLAIN, describe

CLASSES = 4
SHAPE = (1, 6, 6)


class FakeMeter:
    """Every phase lasts one second longer than the one before."""

    def __init__(self, can_meter_energy=False):
        self.can_meter_energy = can_meter_energy
        self.missing = {"energy_j": "a fake meter measures nothing"}
        self.names = []
        self.marks = []
        self.shifts = 0
        self.open = None

    @contextlib.contextmanager
    def phase(self, name):
        self.names.append(name)
        around = self.open
        phase = self.open = Phase(name)
        yield phase
        self.open = around
        energy_j = 6.0 if self.can_meter_energy else None
        phase.result = Reading(seconds=float(len(self.names)), energy_j=energy_j)

    def now_s(self):
        return time.perf_counter()

    def shift(self):
        self.shifts += 1
        self.open.shifts += 1
        self.open.paused_s += 0.0125

    def samples(self, first=0):
        return list(enumerate(self.names))[first:]

    def mark(self):
        self.marks.append(len(self.names))
        return self.marks[-1]

    def since(self, mark):
        phases = len(self.names) - mark
        energy_j = 6.0 * phases if self.can_meter_energy else None
        missing = {} if self.can_meter_energy else self.missing
        return Reading(float(phases), energy_j, missing=missing)


class FakeRecording:
    """Computes again what a CUDA graph would replay."""

    def __init__(self, function, inputs, _settings):
        self.function = function
        self.shapes = [tuple(one.shape) for one in inputs]
        self.replays = 0

    def replay(self, inputs):
        assert [tuple(one.shape) for one in inputs] == self.shapes
        self.replays += 1
        return self.function(*inputs)


@pytest.fixture
def recordings(monkeypatch):
    """Record on a CPU; return what was recorded."""
    made = []

    def record(*given):
        made.append(FakeRecording(*given))
        return made[-1]

    monkeypatch.setattr(graphs, "can_record", lambda _given: True)
    monkeypatch.setattr(graphs, "_Recording", record)
    monkeypatch.setattr(graphs.Recordings, "_settings", {})
    return made


@contextlib.contextmanager
def no_bar(_title, _total):
    yield lambda _samples: None


@pytest.fixture
def meter():
    return FakeMeter()


@pytest.fixture
def plain():
    changes = {"layers": f"20-{CLASSES}", "loss": "cross_entropy", **PLAIN}
    sizes = {"epochs": 4, "batch_size": 32, "learning_rate": 0.01}
    return describe(Relu(), input_shape=SHAPE, classes=CLASSES, **changes, **sizes)


@pytest.fixture
def spiking(plain):
    coding = {"steps": 5, "encoding": "rate", "engine": "auto"}
    return plain.replace(neuron=Lif(), loss="mse_count", **coding)


@pytest.fixture(params=["plain", "spiking"])
def settings(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def samples():
    return made_samples()


@pytest.fixture(autouse=True)
def _log_everything(caplog):
    caplog.set_level(logging.INFO)


def made_samples(count=200, steps=5):
    """Return images of which the class says which 3x3 corner is bright."""
    labels = torch.arange(count) % CLASSES
    noise = torch.randint(90, (count, *SHAPE), generator=make_generator(0, "made"))
    for corner in range(CLASSES):
        row, column = 3 * (corner // 2), 3 * (corner % 2)
        noise[labels == corner, :, row : row + 3, column : column + 3] += 120
    return ImageSamples(noise.to(torch.uint8), labels, steps, "rate")
