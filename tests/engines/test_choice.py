import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from spikemeter.engines.choice import PRECISIONS, choose
from spikemeter.engines.names import APPROXIMATE, DEVICES

SCRIPTS = Path(__file__).parents[2] / "workflow_scripts"
# As on macOS, where Triton is not.
WITHOUT_TRITON = """
import sys
sys.modules["triton"] = None
from spikemeter.engines.choice import make
from spikemeter.networks.neurons.lif import Lif
loaded = [name for name in sys.modules if name.startswith("spikemeter.engines.")]
print(*sorted(name.rpartition(".")[2] for name in loaded))
lif = Lif(beta=0.8, threshold=1.0, reset="subtract", surrogate="atan")
for name in ("snntorch", "events"):
    print(type(make(name, lif)).__name__)
try:
    make("scan", lif)
except RuntimeError as error:
    print(error)
"""


@pytest.mark.parametrize(("device", "engine"), [("cpu", "events"), ("cuda", "scan")])
def test_auto_is_the_fastest_exact_engine(device, engine):
    assert choose("auto", torch.device(device)) == engine
    assert engine not in APPROXIMATE


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_an_engine_computes_on_its_devices_only(device):
    for name, devices in DEVICES.items():
        if device in devices:
            assert choose(name, torch.device(device)) == name
        else:
            with pytest.raises(RuntimeError) as caught:
                choose(name, torch.device(device))
            assert f"engine is {name!r} but must be one of auto, " in str(caught.value)
            assert f"for the device {device}; set engine in con" in str(caught.value)


def test_every_engine_that_rounds_says_so_in_its_name():
    rounding = [name for name, used in PRECISIONS.items() if used != "float32"]
    assert rounding == list(APPROXIMATE)


def test_engines_are_loaded_when_asked_for_and_work_without_triton():
    python = [sys.executable, "-c", WITHOUT_TRITON]
    environment = os.environ | {"PYTHONPATH": str(SCRIPTS)}
    done = subprocess.run(
        python, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    loaded, reference, events, refusal = done.stdout.splitlines()
    assert loaded == "choice interface names"
    assert (reference, events) == ("ReferenceEngine", "EventsEngine")
    assert refusal.startswith("engine is scan but Triton is missing")
