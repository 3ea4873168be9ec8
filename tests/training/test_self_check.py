import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from spikemeter.engines.reference import ReferenceEngine
from spikemeter.networks.neurons.lif import Lif
from spikemeter.networks.neurons.neuron import SpikingNeuron
from spikemeter.training import self_check as module
from spikemeter.training import testing
from spikemeter.training.model import Model
from spikemeter.training.run import build_model, train
from spikemeter.training.self_check import (
    Pass,
    SelfCheckError,
    check_network,
    warm_up,
)
from spikemeter.training.testing import Repetition
from tests.engines.exactness import describe
from tests.training.conftest import CLASSES, SHAPE, FakeMeter, made_samples, no_bar

CPU = torch.device("cpu")
# Batches of 32 and of 8 that learn, of 32 and of 8 that do not.
PASSES = [
    Pass(torch.arange(136), learns=True),
    Pass(torch.arange(136, 176), learns=False),
]


@pytest.fixture
def spiking(spiking):
    return spiking.replace(engine="snntorch")


class Faulty:
    """An engine with an error in one of the three ways to use it."""

    def __init__(self, fault, neuron):
        self.fault = fault
        self.exact = ReferenceEngine(neuron)
        self.learnt = 0

    def run(self, *given):
        return self.exact.run(*given)

    def learn(self, synapses, *given):
        self.learnt += 1
        found = self.exact.learn(synapses, *given)
        if self.fault == "replay" and self.learnt == 3:
            synapses.layers[1].bias.grad[2] += 1e-3
        if self.fault == "output" and self.learnt == 1:
            found[0].output[0, 0, :2] = 1 - found[0].output[0, 0, :2]
        return found

    def spike_trains(self, *given):
        trains = self.exact.spike_trains(*given)
        if self.fault == "spike":
            trains[0][-1, 3, 4] ^= 1
        return trains


def check(settings, engine=None, passes=PASSES):
    model = build_model(settings, 0, CPU)
    if engine is not None:
        model = Model(model.synapses, settings, engine)
    return check_network(model, made_samples(176), passes, 5)


def test_finds_nothing_wrong_and_leaves_the_weights(settings):
    model = build_model(settings, 0, CPU)
    before = {name: value.clone() for name, value in model.synapses.named_parameters()}
    found = check_network(model, made_samples(176), PASSES, 5)
    for name, value in model.synapses.named_parameters():
        assert torch.equal(value, before[name])
        assert value.grad is None
    assert found["compared"] == 4 * 3
    assert 0 < found["gradient_error"] < 1e-5
    if settings.spiking:
        # Of each of the four batches once, in five steps, 24 neurons.
        assert found["checked"] == (32 + 8 + 32 + 8) * 5 * (20 + CLASSES)
        assert found["tied"] <= 2
    assert found["execution"] == ("eager" if settings.spiking else "CUDA graphs")


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("spike", "snntorch computes .*: 1 of 3200 spikes of stage 1; set engine: snn"),
        ("output", "the outputs are not the last stage's spikes"),
        ("replay", "gradients of layers.1.bias of a batch of 32 .* 1 of 4 .* replayed"),
    ],
)
def test_refuses_what_is_wrong(spiking, fault, message):
    with pytest.raises(SelfCheckError, match=message):
        check(spiking, Faulty(fault, spiking.neuron))


def test_refuses_wrong_gradients(settings, monkeypatch):
    learn = Model.learn

    def scaled(model, samples, index, key):
        found = learn(model, samples, index, key)
        model.synapses.layers[1].weight.grad *= 1.01
        return found

    monkeypatch.setattr(Model, "learn", scaled)
    with pytest.raises(SelfCheckError, match=r"gradients of stage 2 are off by .*e-0"):
        check(settings)


def test_refuses_labels_that_are_no_class(settings):
    model, samples = build_model(settings, 0, CPU), made_samples(176)
    samples.labels[3] = CLASSES
    with pytest.raises(ValueError, match="labels are 0 to 4 but must be 0 to 3"):
        check_network(model, samples, PASSES, 5)


def test_refuses_too_many_ties(spiking, monkeypatch):
    monkeypatch.setattr(
        module, "count_flips", lambda *_given: module.Flips(20_000, 3, 0)
    )
    with pytest.raises(SelfCheckError, match=r"3 of 20000 .* by rounding, more than 2"):
        check(spiking)


def test_other_neurons_are_compared_but_not_checked(spiking):
    class Leakless(SpikingNeuron, frozen=True, extra="forbid"):
        name = "leakless"
        title = "leakless"
        states = ("membrane",)

        def step(self, current, states, fire):
            fired = fire(states[0] - self.threshold).detach()
            membrane = states[0] + current - fired * self.threshold
            return fire(membrane - self.threshold), (membrane,)

    found = check(spiking.replace(neuron=Leakless()))
    assert (found["checked"], found["tied"], found["gradient_error"]) == (None,) * 3
    assert found["compared"] == 12


def test_on_a_cpu_only_the_encoding_is_set_up(spiking):
    model = build_model(spiking, 0, CPU)
    assert warm_up(model, made_samples(), PASSES, 5) is None


class RecordingMeter(FakeMeter):
    """Notes how much was recorded before its first phase."""

    def __init__(self, recordings):
        super().__init__()
        self.recordings, self.early = recordings, None

    def phase(self, name):
        self.early = len(self.recordings) if self.early is None else self.early
        return super().phase(name)


class NoCheckpoint:
    """Keeps nothing."""

    def __init__(self, path):
        self.path, self.key, self.spent_s = path / "none.pt", "key", 0.0

    def load(self):
        return None

    def is_due(self):
        return False


def test_nothing_is_recorded_while_metered(plain, recordings, tmp_path, monkeypatch):
    """As on a GPU: 166 samples train in batches of 32 and 6, 34 validate."""
    settings = plain.replace(validation_fraction=0.17)
    model, meter = build_model(settings, 0, CPU), RecordingMeter(recordings)
    for user in ("run", "testing"):
        monkeypatch.setattr(f"spikemeter.training.{user}.warm_up", check_network)
    history = train(model, made_samples(), 0, meter, NoCheckpoint(tmp_path), no_bar)
    assert meter.early == len(recordings) == 4
    assert history.self_check["compared"] == 12
    meter = RecordingMeter(recordings)
    result, _ = testing.test(
        model, made_samples(70), 0, meter, Repetition(2.0, 2), no_bar
    )
    assert meter.early == len(recordings) == 5  # the last batch of a test has 6
    assert result["self_check"]["compared"] == 6


def check_interpreted():
    """Print what the check finds of the engine ``scan``."""
    sizes = {"input_shape": SHAPE, "classes": CLASSES, "batch_size": 8}
    settings = describe(Lif(), layers=f"3C3-P2-{CLASSES}", **sizes)
    module.name_engine = lambda *_given: "scan"
    sys.modules["spikemeter.training.model"].name_engine = module.name_engine
    passes = [Pass(torch.arange(10), learns=True)]
    model = build_model(settings, 0, CPU)
    print(json.dumps(check_network(model, made_samples(10), passes, 5)))  # noqa: T201


def test_the_engine_of_a_gpu_passes_in_the_interpreter():
    pytest.importorskip("triton", reason="Triton comes with torch on Linux only")
    code = "from tests.training import test_self_check as t; t.check_interpreted()"
    root = Path(__file__).parents[2]
    path = os.pathsep.join(map(str, (root, root / "workflow_scripts")))
    environment = os.environ | {"TRITON_INTERPRET": "1", "PYTHONPATH": path}
    done = subprocess.check_output(
        [sys.executable, "-c", code], text=True, env=environment
    )
    found = json.loads(done)
    assert found["execution"] == "CUDA graphs"
    assert found["checked"] == (8 + 2) * 5 * (3 * 2 * 2 + CLASSES)
    assert found["gradient_error"] < 1e-4
