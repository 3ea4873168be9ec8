import os
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import pytest
import torch

from spikemeter.engines.registry import ENGINES
from spikemeter.engines.resolution import (
    entry_modules,
    find_rounding,
    possible_engines,
    refuse_engine,
    resolve_engine,
)
from spikemeter.networks.encodings.encoded import Frames
from spikemeter.networks.layers import Synapses
from spikemeter.networks.neurons.lif import Lif
from spikemeter.networks.neurons.neuron import SpikingNeuron
from spikemeter.networks.neurons.registry import NEURONS
from spikemeter.networks.neurons.relu import Relu
from spikemeter.training.randomness import make_generator
from tests.engines.exactness import LIF, describe

SCRIPTS = Path(__file__).parents[2] / "workflow_scripts"
# As on macOS, where Triton is not.
WITHOUT_TRITON = """
import sys
sys.modules["triton"] = None
from spikemeter.engines.registry import ENGINES
from spikemeter.engines.resolution import resolve_engine
from tests.engines.exactness import LIF, describe
network = describe(LIF)
for name in ("snntorch", "events"):
    print(type(ENGINES[name].make(network)).__name__)
try:
    ENGINES["scan"].make(network)
except RuntimeError as error:
    print(error)
"""
PLANNING = f"""
import sys
from spikemeter.engines.resolution import entry_modules, resolve_engine
from spikemeter.networks.description import NetworkDescription
network = NetworkDescription.model_validate_json({describe(LIF).model_dump_json()!r})
for engine in ("events", "scan", "snntorch"):
    resolve_engine("auto", "cuda", network.replace(engine=engine))
    entry_modules("auto", network.replace(engine=engine))
print([n for n in ("torch", "snntorch", "numba", "scipy") if n in sys.modules])
"""


class Synaptic(SpikingNeuron, frozen=True):
    """I[t+1] = alpha I[t] + W x, U[t+1] = beta U[t] + I[t+1] - reset."""

    name: ClassVar[str] = "synaptic"
    title: ClassVar[str] = "synaptic LIF"
    states: ClassVar[tuple[str, ...]] = ("current", "membrane")
    alpha: float = 0.9
    beta: float = 0.8

    def step(self, current, states, fire):
        synaptic, membrane = states
        fired = fire(membrane - self.threshold).detach()
        synaptic = self.alpha * synaptic + current
        membrane = self.beta * membrane + synaptic - fired * self.threshold
        return fire(membrane - self.threshold), (synaptic, membrane)


@pytest.fixture
def synaptic(monkeypatch):
    """A network of a neuron that only this file knows."""
    monkeypatch.setitem(NEURONS._entries, "synaptic", f"{__name__}:Synaptic")
    return describe({"name": "synaptic", "alpha": 0.75})


@pytest.mark.parametrize(("device", "fastest"), [("cpu", "events"), ("cuda", "scan")])
def test_auto_is_the_fastest_exact_engine_of_a_device(device, fastest):
    assert resolve_engine("auto", device, describe(LIF)) == fastest
    for name, entry in ENGINES.items():
        assert entry.name == name
        if device in entry.devices:
            assert resolve_engine(name, device, describe(LIF)) == name
        else:
            told = f"engine is {name!r} but must be one of auto, .* for the device "
            with pytest.raises(
                RuntimeError, match=f"{told}{device}; set engine in con"
            ):
                resolve_engine(name, device, describe(LIF))
    rounding = {"scan_tf32": "TF32", "scan_bf16": "bfloat16"}
    for name in (*ENGINES, "plain"):
        assert find_rounding(name) == rounding.get(name)


def test_another_neuron_runs_on_the_reference_engine(synaptic):
    assert isinstance(synaptic.neuron, Synaptic)
    assert synaptic.model_dump(mode="json")["neuron"]["alpha"] == 0.75
    for device in ("cpu", "cuda"):
        assert resolve_engine("auto", device, synaptic) == "snntorch"
    engine = ENGINES["snntorch"].make(synaptic)
    synapses = Synapses(synaptic.stages, make_generator(0, "weights"))
    frames = torch.rand(9, 3, 1, 6, 6, generator=make_generator(0, "frames"))
    activity, _ = engine.learn(synapses, Frames(frames), torch.arange(3), "mse_count")
    assert all(p.grad.abs().sum() > 0 for p in synapses.parameters())
    assert torch.equal(engine.run(synapses, Frames(frames)).output, activity.output)
    currents, membranes, fired = [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]
    for frame, output in zip(frames, activity.output, strict=True):
        signal = frame
        for stage in range(2):
            fed = synapses.current(stage, signal).detach()
            currents[stage] = 0.75 * currents[stage] + fed
            membranes[stage] = 0.8 * membranes[stage] + currents[stage] - fired[stage]
            signal = fired[stage] = (membranes[stage] > 1).float()
        assert torch.equal(signal, output)
    assert 0 < activity.output.sum() < activity.output.numel()


@pytest.mark.parametrize(("name", "device"), [("events", "cpu"), ("scan", "cuda")])
def test_kernels_refuse_another_neuron_with_the_reason(synaptic, name, device):
    told = (
        f"engine is {name!r} but it computes LIF neurons only, not synaptic LIF ones; "
        "this network can run on auto, snntorch; set engine in config.yaml"
    )
    with pytest.raises(RuntimeError, match=f"^{told}$"):
        resolve_engine(name, device, synaptic)
    with pytest.raises(ValueError, match="LIF neurons only"):
        ENGINES[name].make(synaptic)


def test_a_neuron_that_kernels_would_take_for_another_is_refused():
    with pytest.raises(TypeError, match="derives from Lif but must derive from Spik"):
        type("Leakier", (Lif,), {})


def test_no_engine_computes_a_network_that_does_not_spike():
    plain = describe(Relu(), engine=None)
    assert possible_engines("auto", plain) == []
    assert refuse_engine("snntorch", "cpu", plain).endswith("run on no engine")
    for name in ("auto", "snntorch"):
        with pytest.raises(RuntimeError, match=f"engine is '{name}' but"):
            resolve_engine(name, "cpu", plain)


def test_jobs_depend_on_the_entries_that_they_use_alone(synaptic):
    lif = describe(LIF, encoding="latency")
    folder = "spikemeter/networks"
    common = (f"{folder}/neurons/lif.py", f"{folder}/losses/mse_count.py")
    common += (f"{folder}/encodings/latency.py",)
    engines = {"cpu": ["events"], "cuda": ["scan"], "auto": ["events", "scan"]}
    for device, names in engines.items():
        files = [f"spikemeter/engines/{name}.py" for name in names]
        assert entry_modules(device, lif) == (*common, *files)
    named = entry_modules("auto", lif.replace(engine="snntorch"))
    assert named == (*common, "spikemeter/engines/snntorch.py")
    assert "spikemeter/engines/snntorch.py" in entry_modules("cpu", synaptic)
    plain = entry_modules("cpu", describe(Relu(), encoding=None, engine=None))
    assert plain == (f"{folder}/neurons/relu.py", f"{folder}/losses/mse_count.py")


def run(script):
    environment = os.environ | {"PYTHONPATH": f"{SCRIPTS}:{SCRIPTS.parent}"}
    command = [sys.executable, "-c", script]
    return subprocess.check_output(command, env=environment, text=True).splitlines()


def test_engines_work_without_triton():
    reference, events, refusal = run(WITHOUT_TRITON)
    assert (reference, events) == ("ReferenceEngine", "EventsEngine")
    assert refusal.startswith("engine is scan but Triton is missing")


def test_engines_are_resolved_without_loading_them():
    assert run(PLANNING) == ["[]"]
