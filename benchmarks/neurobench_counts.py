"""Record what NeuroBench counts on networks of ours, for the tests to compare with.

NeuroBench wants other packages than this project, so it runs in a venv of its own::

    python -m venv .venv-nb
    .venv-nb/bin/pip install -r envs/requirements.txt
    .venv-nb/bin/pip install --no-deps neurobench==2.3.0
    PYTHONPATH=workflow_scripts .venv-nb/bin/python -m benchmarks.neurobench_counts

This writes tests/training/neurobench.json, which tests/training/test_neurobench.py
compares. The batch size is 1, because NeuroBench takes a whole batch for
multiply-accumulates if one sample of it has an input other than -1, 0 and 1.

Its ``MembraneUpdates`` are not our ``neuron_updates`` (neurons by steps, what hardware
that updates every neuron in every step computes): from the second step on it counts a
neuron only where the membrane changes, so that one at rest without input costs nothing.
It is at most ours.
"""

from importlib import import_module
from importlib.metadata import version
from typing import Any

import torch
from snntorch import Leaky
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.workloads import ROOT
from spikemeter.datasets.packed_events import PackedFormat, to_signed
from spikemeter.files import write_json
from spikemeter.networks.description import NetworkDescription
from spikemeter.networks.layers import plain_forward
from spikemeter.networks.neurons.lif import Lif
from spikemeter.networks.neurons.relu import Relu
from spikemeter.training.model import Model
from spikemeter.training.randomness import make_generator
from spikemeter.training.run import build_model
from spikemeter.training.samples import EventSamples, ImageSamples, Samples

PATH = ROOT / "tests/training/neurobench.json"
KEY = 5
SAMPLES, STEPS = 3, 6
EVENTS = 900

# Weights are whole multiples of this, and half of the membrane is left after a step:
# float32 holds every sum of spikes exactly, on whatever machine.
WEIGHT_STEP = 1 / 64
PLAIN = NetworkDescription(
    input="made",
    input_kind="images",
    input_shape=(1, 28, 28),
    classes=10,
    layers="256-256-10",
    padding="valid",
    neuron=Relu(),
    epochs=1,
    batch_size=2,
    learning_rate=1e-3,
    validation_fraction=0.2,
    loss="cross_entropy",
)
SPIKING = PLAIN.replace(
    neuron=Lif(beta=0.5),
    steps=STEPS,
    encoding="rate",
    engine="snntorch",
)
COLOURS: dict[str, Any] = {
    "input_shape": (3, 32, 32),
    "layers": "8C5-P2-16C5-P2-16C5-P2-16C5-P2-32C5-P2-16-10",
    "padding": "same",
}
DIGITS: dict[str, Any] = {"input_shape": (1, 32, 32), "layers": "12C5-P2-32C5-P2-10"}
RECORDED = DIGITS | {"input_kind": "events", "input_shape": (2, 34, 34)}
CASES = {
    "exp1_ann": PLAIN,
    "exp1_snn, rate": SPIKING,
    "exp1_snn, latency": SPIKING.replace(encoding="latency"),
    "exp1_snn, direct": SPIKING.replace(encoding="direct"),
    "exp2_cnn": PLAIN.replace(**COLOURS),
    "exp2_snn, rate": SPIKING.replace(**COLOURS),
    "exp2_snn, direct": SPIKING.replace(encoding="direct", **COLOURS),
    "exp3_snn_mnist, rate": SPIKING.replace(**DIGITS),
    "exp3_snn_nmnist, direct": SPIKING.replace(encoding="direct", **RECORDED),
    "exp3_snn_nmnist, delta": SPIKING.replace(encoding="delta", **RECORDED),
    "exp3_cnn_nmnist": PLAIN.replace(**RECORDED),
}


def make_model(settings: NetworkDescription) -> Model:
    """Return an untrained network; some of its weights are 0."""
    model = build_model(settings, 0, torch.device("cpu"))
    with torch.no_grad():
        for weight in model.synapses.parameters():
            weight.copy_((weight / WEIGHT_STEP).round() * WEIGHT_STEP)
    return model


def make_samples(settings: NetworkDescription) -> Samples:
    """Return images, or recordings with several events of a pixel in a step."""
    draws = make_generator(0, "neurobench")
    labels = torch.arange(SAMPLES)
    steps, encoding = settings.steps or 1, settings.encoding or "direct"
    if settings.input_kind == "images":
        shape = (SAMPLES, *settings.input_shape)
        images = torch.randint(-255, 256, shape, generator=draws).clamp(min=0)
        return ImageSamples(images.byte(), labels, steps, encoding)

    def drawn(low: int, high: int) -> Tensor:
        return torch.randint(low, high, (SAMPLES, EVENTS), generator=draws)

    sensor = (2, 34, 34)
    places = drawn(0, STEPS), drawn(0, 2), drawn(9, 25), drawn(9, 25)
    words = PackedFormat(sensor, STEPS).pack(*places)
    packing = PackedFormat(sensor, steps)
    events = torch.from_numpy(to_signed(words)).sort(1).values.flatten()
    offsets = EVENTS * torch.arange(SAMPLES + 1)
    return EventSamples(events, offsets, labels, packing, encoding)


class Net(nn.Module):
    """A spiking network as NeuroBench wants it: called step by step, it keeps state."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        neuron = model.settings.neuron
        assert isinstance(neuron, Lif)
        neurons = [
            Leaky(
                beta=neuron.beta,
                threshold=neuron.threshold,
                reset_mechanism=neuron.reset,
                init_hidden=True,
            )
            for _ in model.synapses.stages
        ]
        self.synapses, self.neurons = model.synapses, nn.ModuleList(neurons)

    def reset(self) -> None:
        """Begin a sample; NeuroBench's own way misses neurons in a list."""
        for neuron in self.neurons:
            Leaky.reset_mem(neuron)

    def forward(self, activity: Tensor) -> tuple[Tensor, None]:
        """Return the output spikes of one step, and what NeuroBench does not use."""
        for index, neuron in enumerate(self.neurons):
            activity = neuron(self.synapses.current(index, activity))
        return activity, None


class PlainNet(nn.Module):
    """A ReLU network of ours."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.synapses = model.synapses

    def forward(self, batch: Tensor) -> Tensor:
        """Return the logits."""
        return plain_forward(self.synapses, batch)


def count_with_neurobench(model: Model, samples: Samples) -> dict[str, float]:
    """Return what NeuroBench counts, means over the samples."""
    # Only here: the tests take the cases above without NeuroBench.
    benchmarks = import_module("neurobench.benchmarks")
    models = import_module("neurobench.models")
    metrics = import_module("neurobench.metrics.workload")
    every = torch.arange(SAMPLES)
    if not model.settings.spiking:
        wrapped, inputs = models.TorchModel(PlainNet(model)), samples.plain(every)
    else:
        wrapped = models.SNNTorchModel(Net(model))
        inputs = samples.encoded(every, KEY).dense().transpose(0, 1)
    batches = DataLoader(TensorDataset(inputs, samples.labels), batch_size=1)
    wanted = [[], [metrics.SynapticOperations, metrics.MembraneUpdates]]
    with torch.no_grad():
        found = benchmarks.Benchmark(wrapped, batches, [], [], wanted).run(quiet=True)
    return found["SynapticOperations"] | {"MembraneUpdates": found["MembraneUpdates"]}


def main() -> None:
    """Record all cases."""
    counts = {
        name: count_with_neurobench(make_model(settings), make_samples(settings))
        for name, settings in CASES.items()
    }
    versions = {name: version(name) for name in ("neurobench", "snntorch", "torch")}
    write_json(PATH, {"versions": versions, "counts": counts})


if __name__ == "__main__":
    main()
