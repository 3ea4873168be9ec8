"""The engine ``scan`` at the size of real networks, on a CUDA device."""

import pytest
import torch
from torch import nn

from spikemeter.engines.cuda.engine import ScanEngine
from spikemeter.engines.reference import ReferenceEngine
from spikemeter.networks.losses.registry import LOSSES
from spikemeter.training.device import prepare_device
from tests.engines import test_reference
from tests.engines.test_scan import (
    LIF,
    POOLED_TOLERANCE,
    draw,
    gradients,
    labels,
    network,
    network_without_ties,
)

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
]
CUDA = torch.device("cuda")
CONVOLUTIONAL = ("12C5-P2-32C5-P2-10", (2, 34, 34))


@pytest.fixture(autouse=True)
def prepared():
    """The settings that a run is trained with."""
    deterministic = torch.are_deterministic_algorithms_enabled()
    threads = torch.get_num_threads()
    prepare_device("cuda", threads)
    yield
    torch.use_deterministic_algorithms(deterministic)


@pytest.fixture
def replays(monkeypatch):
    """Count the replays."""
    made = []
    replay = torch.cuda.CUDAGraph.replay

    def counted(graph):
        made.append(graph)
        return replay(graph)

    monkeypatch.setattr(torch.cuda.CUDAGraph, "replay", counted)
    return made


def random_network(layers, shape):
    """Weights of 24 bits: sums depend on their order."""
    return test_reference.network(layers, shape).to(CUDA)


@pytest.mark.parametrize(
    ("layers", "shape"), [("256-256-10", (1, 28, 28)), CONVOLUTIONAL]
)
def test_spikes_equal_the_reference_up_to_ties(layers, shape):
    synapses, inputs = random_network(layers, shape), draw(20, 32, shape, device=CUDA)
    found = ScanEngine(LIF).spike_trains(synapses, inputs)
    expected = ReferenceEngine(LIF).spike_trains(synapses, inputs)
    # A sum in another order may cross the threshold elsewhere; a flipped spike may
    # flip others further on.
    for one, other, share in zip(found, expected, [1e-4, 1e-3, 1e-2], strict=False):
        assert other.float().mean() > 0.01
        assert (one != other).float().mean() <= share


@pytest.mark.parametrize("loss", list(LOSSES))
@pytest.mark.parametrize(
    ("layers", "shape", "tolerance"),
    [("256-256-10", (1, 28, 28), 1e-5), (*CONVOLUTIONAL, POOLED_TOLERANCE)],
)
def test_gradients_equal_the_reference(layers, shape, tolerance, loss):
    synapses = network_without_ties(layers, shape)
    inputs = draw(10, 32, shape, device=CUDA)
    scan, _ = ScanEngine(LIF).learn(synapses, inputs, labels(32), loss)
    found = gradients(synapses)
    reference, _ = ReferenceEngine(LIF).learn(synapses, inputs, labels(32), loss)
    assert torch.equal(scan.output, reference.output)
    assert torch.equal(scan.spikes, reference.spikes)
    for one, other in zip(found, gradients(synapses), strict=True):
        assert (one - other).norm() <= tolerance * other.norm()


@pytest.mark.parametrize("loss", list(LOSSES))
@pytest.mark.parametrize(
    ("layers", "shape"), [("256-256-10", (1, 28, 28)), CONVOLUTIONAL]
)
def test_replays_equal_eager_bit_for_bit(layers, shape, loss, replays):
    synapses, engine = random_network(layers, shape), ScanEngine(LIF)
    for seed in range(4):
        inputs = draw(10, 16, shape, seed, device=CUDA)
        given = engine.run(synapses, inputs)
        learnt, mean = engine.learn(synapses, inputs, labels(16), loss)
        found = gradients(synapses)
        eager, eager_mean = ScanEngine(LIF).learn(synapses, inputs, labels(16), loss)
        assert eager.output.sum() > 0
        assert torch.equal(given.output, eager.output)
        assert torch.equal(given.spikes, eager.spikes)
        assert torch.equal(learnt.output, eager.output)
        assert torch.equal(mean, eager_mean)
        for one, other in zip(found, gradients(synapses), strict=True):
            assert torch.equal(one, other)
        with torch.no_grad():  # as an optimiser does, where the parameters are
            for parameter in synapses.parameters():
                parameter.sub_(0.1 * parameter.grad)
    assert len(replays) == 6


def test_results_outlive_the_next_replay(replays):
    synapses, engine = random_network("64-10", (1, 8, 8)), ScanEngine(LIF)
    frames = [draw(10, 16, (1, 8, 8), seed, device=CUDA) for seed in range(6)]
    found = [engine.run(synapses, one).output for one in frames]
    expected = [ScanEngine(LIF).run(synapses, one).output for one in frames]
    assert len(replays) == 5
    for one, other in zip(found, expected, strict=True):
        assert torch.equal(one, other)


def test_parameters_moved_and_a_smaller_batch(replays):
    shape = (1, 8, 8)
    synapses, engine = network("64-10", shape), ScanEngine(LIF)
    for batch in [16, 16, 16, 5]:
        inputs = draw(10, batch, shape, device=CUDA)
        engine.learn(synapses, inputs, labels(batch), "mse_count")
    assert len(replays) == 2
    weight = synapses.layers[0].weight
    synapses.layers[0].weight = nn.Parameter(weight.detach() + 1 / 64)
    inputs = draw(10, 16, shape, device=CUDA)
    for _ in range(3):
        found = engine.run(synapses, inputs).output
        assert torch.equal(found, ReferenceEngine(LIF).run(synapses, inputs).output)


def peak_bytes(engine, synapses, inputs):
    for parameter in synapses.parameters():
        parameter.grad = None
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    for _ in range(3):
        engine.learn(synapses, inputs, labels(inputs.batch), "mse_count")
    return torch.cuda.max_memory_allocated() - before


def test_learns_in_less_memory_than_the_reference():
    layers, shape = CONVOLUTIONAL
    synapses = random_network(layers, shape)
    inputs = draw(300, 32, shape, device=CUDA)
    reference = peak_bytes(ReferenceEngine(LIF), synapses, inputs)
    assert peak_bytes(ScanEngine(LIF), synapses, inputs) < 0.75 * reference
