"""Checks 5 to 7: the engine scan, replays and gradients."""

from typing import Any

import torch
from torch import Tensor

from benchmarks.gpu.inputs import (
    SPIKING,
    Place,
    first,
    make_samples,
    make_synapses,
    read_networks,
    require,
)
from spikemeter.engines.cuda.engine import ScanEngine
from spikemeter.engines.reference import ReferenceEngine
from spikemeter.engines.verification import UNITS, count_flips, find_gradients
from spikemeter.networks.encodings.encoded import Encoded
from spikemeter.networks.layers import Synapses
from spikemeter.networks.losses.registry import LOSSES
from spikemeter.networks.neurons.lif import Lif
from spikemeter.training.run import build_model
from spikemeter.training.self_check import MOST_TIED, Pass, check_network

KEY = 7
MOST_GRADIENT_ERROR = 1e-5
GRID = 2.0**-20
ROUNDED = {"tf32": "TF32", "bf16": "bfloat16"}


def check_spikes(place: Place) -> dict[str, Any]:
    """Check every spike of scan, stage by stage, and relate them to snnTorch's."""
    found: dict[str, Any] = {}
    for name in SPIKING:
        network = read_networks(place)[name]
        assert isinstance(network.neuron, Lif)
        samples = make_samples(network, network.batch_size, place)
        inputs = samples.encoded(first(samples, network.batch_size), KEY)
        synapses = make_synapses(network, place)
        trains = ScanEngine(network.neuron).spike_trains(synapses, inputs)
        found[name] = judge(synapses, inputs, trains, network.neuron)
        reference = ReferenceEngine(network.neuron).spike_trains(synapses, inputs)
        for number, (one, other) in enumerate(zip(trains, reference, strict=True), 1):
            found[name][f"stage {number} unlike snnTorch"] = int((one != other).sum())
        for precision, rounding in ROUNDED.items():
            try:
                engine = ScanEngine(network.neuron, precision)
            except RuntimeError as error:
                found[name][precision] = str(error)
                continue
            rounded = engine.spike_trains(synapses, inputs)
            counts = judge(synapses, inputs, rounded, network.neuron, UNITS[rounding])
            found[name][precision] = counts
    return found


def judge(
    synapses: Synapses,
    inputs: Encoded,
    trains: list[Tensor],
    lif: Lif,
    unit: float = UNITS[None],
) -> dict[str, Any]:
    """Return the flips of each stage; refuse wrong ones, and too many ties."""
    found = {}
    entered = inputs.first_frames()
    for number, train in enumerate(trains, start=1):
        flips = count_flips(synapses, number - 1, entered, train, lif, unit)
        rate = float(train.float().mean())
        found[f"stage {number}"] = {**flips._asdict(), "rate": rate}
        require(flips.wrong == 0, f"stage {number}: {flips}")
        few = flips.tied <= MOST_TIED * flips.checked or unit != UNITS[None]
        require(few, f"stage {number}: {flips}")
        entered = train
    return found


def check_replays(place: Place) -> dict[str, Any]:
    """Check all networks as before a run, with both losses, and count the replays."""
    found: dict[str, Any] = {}
    made = count_replays()
    for name, network in read_networks(place).items():
        size = network.batch_size
        samples = make_samples(network, size + size // 4, place)
        passes = [Pass(torch.arange(len(samples.labels)), learns=True)]
        for loss in LOSSES if network.spiking else [network.loss]:
            model = build_model(network.replace(loss=loss), 0, place.device)
            made.clear()
            found[f"{name}, {loss}"] = check_network(model, samples, passes, KEY)
            if place.device.type == "cuda":
                # Of the full and the last batch, one is recorded, and both replayed.
                require(len(made) == 4, f"{name}: {len(made)} replays instead of 4")  # noqa: PLR2004
    return found


def count_replays() -> list[object]:
    """Return a list that grows with every replay of a CUDA graph."""
    made: list[object] = []
    replay = torch.cuda.CUDAGraph.replay

    def counted(graph: torch.cuda.CUDAGraph) -> None:
        made.append(graph)
        replay(graph)

    torch.cuda.CUDAGraph.replay = counted  # type: ignore[method-assign, assignment]
    return made


def check_gradients(place: Place) -> dict[str, Any]:
    """Check that the gradients of scan are within 1e-5 of float64's.

    Sums of the weights are exact, so that rounding moves no winner of a pooling.
    """
    found: dict[str, Any] = {}
    for name in SPIKING:
        network = read_networks(place)[name]
        assert isinstance(network.neuron, Lif)
        samples = make_samples(network, place.choose(16, 4), place)
        index = first(samples, len(samples.labels))
        inputs, labels = samples.encoded(index, KEY), samples.labels[index]
        synapses = make_synapses(network, place)
        with torch.no_grad():
            for weights in synapses.parameters():
                weights.div_(GRID).round_().mul_(GRID)
        for loss in LOSSES:
            engine = ScanEngine(network.neuron)
            trains = engine.spike_trains(synapses, inputs)
            engine.learn(synapses, inputs, labels, loss)
            given = synapses, inputs.first_frames(), trains, network.neuron
            exact = find_gradients(*given, (labels, loss))
            pairs = zip(synapses.named_parameters(), exact, strict=True)
            for (parameter, value), other in pairs:
                assert value.grad is not None
                off = float((value.grad - other).norm() / other.norm())
                found[f"{name}, {loss}, {parameter}"] = off
    worst = max(found.values())
    require(worst <= MOST_GRADIENT_ERROR, f"off by {worst:.1e}: {found}")
    return {"worst": worst}
