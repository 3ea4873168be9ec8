"""Checks 8 to 10 and the epochs: whole trainings and tests."""

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from benchmarks.gpu.inputs import (
    SPIKING,
    Place,
    first,
    make_samples,
    make_synapses,
    no_bar,
    read_networks,
    require,
)
from spikemeter.engines.cuda.engine import ScanEngine
from spikemeter.metering.meter import Meter
from spikemeter.networks.description import NetworkDescription
from spikemeter.networks.neurons.lif import Lif
from spikemeter.training.checkpoint import Checkpoint, History
from spikemeter.training.run import build_model, train
from spikemeter.training.samples import Samples
from spikemeter.training.testing import Repetition, test

CAP_BYTES = 7 * 2**30
COLUMNS = (
    *("train_loss", "val_accuracy", "seconds", "train_seconds"),
    *("energy_j", "power_w", "memory_pct", "allocator_peak_bytes"),
)
ONCE = Repetition(1.0, 1)


class EagerCheckpoint(Checkpoint):
    """Saves after every epoch, however short."""

    def is_due(self) -> bool:
        """Return True."""
        return True


def run_training(
    network: NetworkDescription, samples: Samples, path: Path, place: Place
) -> History:
    """Train a network and return its history."""
    model = build_model(network, 0, place.device)
    with Meter(place.device) as meter:
        checkpoint = EagerCheckpoint(path, "key")
        return train(model, samples, 0, meter, checkpoint, no_bar)


def check_trainings(place: Place) -> dict[str, Any]:
    """Check that a repeated and a resumed training end in the same weights."""
    network = read_networks(place)["exp1_snn"].replace(epochs=3)
    samples = make_samples(network, place.choose(1280, 40), place)
    with tempfile.TemporaryDirectory() as folder:
        place_of = Path(folder).joinpath
        whole = run_training(network, samples, place_of("a/s.pt"), place)
        again = run_training(network, samples, place_of("b/s.pt"), place)
        begun = network.replace(epochs=2)
        run_training(begun, samples, place_of("c/s.pt"), place)
        resumed = run_training(network, samples, place_of("c/s.pt"), place)
    require(resumed.sessions == 2, "the training was not resumed")  # noqa: PLR2004
    for name, value in whole.best_state.items():
        for way, other in {"repeated": again, "resumed": resumed}.items():
            same = torch.equal(value, other.best_state[name])
            require(same, f"{name} differs when {way}")
    return {"loss": [row["train_loss"] for row in whole.rows]}


def check_counts(place: Place) -> dict[str, Any]:
    """Check that operations counted agree with a test; a RuntimeError if not."""
    networks = read_networks(place)
    chosen = {
        "scan": networks["exp3_snn_mnist"],
        "snnTorch": networks["exp1_snn"].replace(engine="snntorch"),
        "plain": networks["exp2_cnn"],
    }
    found: dict[str, Any] = {}
    for title, network in chosen.items():
        samples = make_samples(network, place.choose(200, 20), place)
        model = build_model(network, 0, place.device)
        with Meter(place.device) as meter:
            result, steps = test(model, samples, 0, meter, ONCE, no_bar)
        wanted = ("accuracy", "seconds", "self_check")
        found[title] = {name: result[name] for name in wanted}
        found[title]["macs"] = int(steps.filter(like="macs").to_numpy().sum())
    return found


def check_memory(place: Place) -> dict[str, Any]:
    """Check that a batch of N-MNIST's 300 steps is learned in 7 GiB."""
    network = read_networks(place)[SPIKING[3]]
    assert isinstance(network.neuron, Lif)
    on_gpu = place.device.type == "cuda"
    if on_gpu:
        total = torch.cuda.get_device_properties(place.device).total_memory
        share = min(1.0, CAP_BYTES / total)
        torch.cuda.set_per_process_memory_fraction(share, place.device)
    samples = make_samples(network, network.batch_size, place)
    index = first(samples, network.batch_size)
    synapses, engine = make_synapses(network, place), ScanEngine(network.neuron)
    found: dict[str, Any] = {}
    for way in ("eager", "recorded", "replayed"):
        if on_gpu:
            torch.cuda.reset_peak_memory_stats(place.device)
        inputs = samples.encoded(index, 0)
        engine.learn(synapses, inputs, samples.labels[index], network.loss)
        place.synchronize()
        if on_gpu:
            peak_bytes = torch.cuda.max_memory_reserved(place.device)
            found[f"{way} reserved MiB"] = peak_bytes / 2**20
    return found


def train_networks(place: Place) -> dict[str, Any]:
    """Train each network for one epoch, checked and metered as in a study."""
    found: dict[str, Any] = {}
    for name, network in read_networks(place).items():
        samples = make_samples(network, place.choose(2560, 40), place)
        with tempfile.TemporaryDirectory() as folder:
            once = network.replace(epochs=1)
            history = run_training(once, samples, Path(folder, "s.pt"), place)
        row = history.rows[0]
        found[name] = {key: row[key] for key in COLUMNS}
        found[name]["self_check"] = history.self_check
        found[name]["training"] = history.reading and asdict(history.reading)["seconds"]
    return found
