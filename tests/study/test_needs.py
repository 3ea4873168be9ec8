"""What jobs ask a cluster for: enough, not absurdly much, and more for more work."""

import math
import subprocess
import sys
from functools import partial

import pytest

from spikemeter.datasets.kinds.events import EventSettings
from spikemeter.datasets.kinds.images import ImageSettings
from spikemeter.networks.description import NetworkDescription
from spikemeter.networks.neurons.lif import Lif
from spikemeter.networks.neurons.relu import Relu
from spikemeter.study.checks import check_config
from spikemeter.study.needs import Needs, to_compute, to_prepare
from spikemeter.study.strict_yaml import read_yaml
from tests.workflow.study import ROOT

DIGITS = ImageSettings(dataset="mnist", size=28, train_samples=5000, test_samples=1000)
EVENTS = EventSettings(dataset="nmnist", denoise_us=10_000, window_us=1000, steps=300)


CONFIG = read_yaml(ROOT / "config.yaml")


def machine(device):
    return check_config(CONFIG | {"device": device, "cpu_threads": 1}).settings


MACHINE = machine("cpu")
to_train, to_test = partial(to_compute, "train"), partial(to_compute, "test")
ANN = NetworkDescription(
    input="digits",
    input_kind="images",
    input_shape=(1, 28, 28),
    classes=10,
    layers="256-256-10",
    padding="valid",
    neuron=Relu(),
    epochs=20,
    batch_size=128,
    learning_rate=1e-3,
    validation_fraction=0.2,
    loss="cross_entropy",
)
SNN = ANN.replace(
    neuron=Lif(),
    loss="mse_count",
    steps=25,
    encoding="rate",
    engine="snntorch",
)
CONVOLUTIONS = SNN.replace(
    input_shape=(2, 34, 34), layers="12C5-P2-32C5-P2-10", steps=300
)


def test_known_values():
    """By hand: parameters 269,322; products 268,800 a step; floats 522 x 12 + 784."""
    n_bytes = 6000 * (784 + 24) + 4 * (10 * 269_322 + 128 * (784 + 12 * 522))
    work_s = 20 * 3 * (5000 * 268_800 / 2.5e10 + 40 * 3 * 0.001)
    assert to_train(ANN, DIGITS, MACHINE) == Needs(
        0, 1300 + math.ceil(n_bytes / 2**20), math.ceil((900 + work_s) / 60)
    )


def test_a_random_encoding_is_tested_ten_times_more():
    """By hand: 25 steps of 268,800 products, eight batches of three stages."""
    long = DIGITS.model_copy(update={"test_samples": 10_000_000})
    latency, rate = (
        to_test(SNN.replace(encoding=name), long, MACHINE)
        for name in ("latency", "rate")
    )
    pass_s = 1e7 * 25 * 268_800 / 2.5e10 + math.ceil(1e7 / 128) * 3 * 25 * 0.001
    assert latency.runtime_min == math.ceil((900 + 4 * pass_s + 10) / 60)
    assert rate.runtime_min == math.ceil((900 + 14 * pass_s + 10) / 60)
    assert rate.mem_mb == latency.mem_mb


LARGER = {"steps": 50, "batch_size": 512, "layers": "1024-256-10"}
LONGER = {"epochs": 400, "steps": 2500, "batch_size": 1, "layers": "8192-8192-10"}


@pytest.mark.parametrize("engine", ["snntorch", "events"])
def test_more_for_more(engine):
    network = SNN.replace(engine=engine)
    for needs in (to_train, to_test):
        for name, value in LARGER.items() if engine == "snntorch" else ():
            more = needs(network.replace(**{name: value}), DIGITS, MACHINE)
            assert more.mem_mb > needs(network, DIGITS, MACHINE).mem_mb, name
    for name, value in LONGER.items():
        more = to_train(network.replace(**{name: value}), DIGITS, MACHINE)
        assert more.runtime_min > to_train(network, DIGITS, MACHINE).runtime_min, name


def test_all_samples_where_none_are_chosen():
    whole, same = (
        to_train(CONVOLUTIONS, EVENTS.model_copy(update={"train_samples": n}), MACHINE)
        for n in (None, 60_000)
    )
    assert whole == same
    assert (
        to_prepare(EVENTS).mem_mb
        > to_prepare(EVENTS.model_copy(update={"train_samples": 1})).mem_mb
    )


def test_no_job_asks_for_less_than_it_takes_to_start():
    least = SNN.replace(layers="10", steps=1, batch_size=1, epochs=1)
    one = DIGITS.model_copy(update={"train_samples": 1, "test_samples": 1})
    for needs in (to_train(least, one, MACHINE), to_prepare(one)):
        assert needs.mem_mb > 1300
        assert needs.runtime_min >= 15


def test_the_engine_and_the_device_matter():
    """Activations: PyTorch keeps them for all steps; on a GPU none are on the host."""
    stepwise = to_train(CONVOLUTIONS, EVENTS, MACHINE)
    events = to_train(CONVOLUTIONS.replace(engine="events"), EVENTS, MACHINE)
    gpu = to_train(CONVOLUTIONS, EVENTS, machine("cuda"))
    scan = to_train(
        CONVOLUTIONS.replace(engine="scan"),
        EVENTS,
        machine("auto"),
    )
    assert stepwise.mem_mb > 3 * events.mem_mb
    assert stepwise.runtime_min > events.runtime_min
    assert [one.gpu for one in (stepwise, gpu, scan)] == [0, 1, 1]
    assert gpu.mem_mb == scan.mem_mb < stepwise.mem_mb


def test_every_attempt_asks_for_more():
    assert Needs(1, 4000, 30).times(1) == Needs(1, 4000, 30)
    assert Needs(1, 4000, 30).times(3) == Needs(1, 12_000, 90)


MEASURE = """
import json, sys
from pathlib import Path
import pandas, torch
from snakemake.iocontainers import Snakemake
from spikemeter.networks.description import NetworkDescription
from spikemeter.training.loop import run_pass
from spikemeter.training.operation_counts import count_operations
from spikemeter.training.model import make_adam
from spikemeter.training.run import build_model
from spikemeter.training.samples import ImageSamples

settings = NetworkDescription(**json.loads(sys.argv[1]))
torch.set_num_threads(1)
n = 6000 if sys.argv[2] == "train" else settings.batch_size
images = torch.randint(0, 256, (n, *settings.input_shape), dtype=torch.uint8)
samples = ImageSamples(images, torch.arange(n) % 10, settings.steps, "rate")
model = build_model(settings, 0, torch.device("cpu"))
if sys.argv[2] == "train":
    optimiser = make_adam(model.synapses.parameters(), settings.learning_rate)
    run_pass(model, samples, torch.arange(2 * settings.batch_size), 0, optimiser)
else:
    run_pass(model, samples, torch.arange(n), 0)
    count_operations(model, samples, 0)
# Not ru_maxrss, which starts with the peak of the process that started this one.
lines = Path("/proc/self/status").read_text().splitlines()
print(next(line.split()[1] for line in lines if line.startswith("VmHWM")))
"""


# Many neurons, whose spikes are all kept to count operations, and little to compute.
WIDE = SNN.replace(layers="32C1-10", steps=100)


@pytest.mark.parametrize(
    ("part", "needs", "network"),
    [
        ("train", to_train, SNN.replace(steps=100)),
        ("test", to_test, WIDE.replace(batch_size=50)),
        ("test", to_test, WIDE.replace(batch_size=250, engine="events")),
    ],
)
def test_what_is_measured_stays_below_its_estimate(part, needs, network):
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, network.model_dump_json(), part],
        env={"PYTHONPATH": str(ROOT / "workflow_scripts"), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    peak_mb = float(done.stdout) / 1024
    estimate_mb = needs(network, DIGITS, MACHINE).mem_mb
    assert peak_mb < estimate_mb < 3 * peak_mb
