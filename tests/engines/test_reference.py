import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from spikemeter.engines.reference import ReferenceEngine
from spikemeter.networks.encodings.encoded import Frames
from spikemeter.networks.layers import Synapses
from spikemeter.networks.losses.registry import LOSSES
from spikemeter.networks.neurons.lif import Lif
from spikemeter.networks.notation import parse_layers
from spikemeter.training.randomness import make_generator
from tests.engines.exactness import layer_strings
from tests.engines.precise import equations

LIF = Lif(beta=0.9, threshold=1.0, reset="subtract", surrogate="atan")


def network(layers, shape, padding="valid", seed=0):
    built = Synapses(
        parse_layers(layers, shape, padding), make_generator(seed, "weights")
    )
    with torch.no_grad():  # biases and strong weights, so that every stage fires
        for layer in built.layers:
            layer.weight *= 2
            layer.bias += 0.1
    return built


def draw(steps, batch, shape, seed=0):
    probabilities = torch.full((steps, batch, *shape), 0.3)
    return torch.bernoulli(probabilities, generator=make_generator(seed, "spikes"))


@st.composite
def cases(draw_):
    """Layer strings with and without convolutions and pooling, and their input."""
    sides = st.integers(7, 13)
    shape = draw_(st.integers(1, 3)), draw_(sides), draw_(sides)
    padding = draw_(st.sampled_from(["valid", "same"]))
    lif = Lif(
        beta=draw_(st.sampled_from([0.0, 0.5, 0.8, 0.95, 1.0])),
        threshold=draw_(st.sampled_from([0.25, 1.0, 1.7])),
        reset=draw_(st.sampled_from(["subtract", "zero"])),
        surrogate="atan",
    )
    layers = draw_(layer_strings(shape, padding))
    return layers, shape, padding, lif, draw_(st.integers(0, 1000))


def test_golden_membranes():
    membranes = [0.6, 1.14, 0.626, 1.1634, 0.64706, 1.182354]
    engine, membrane = ReferenceEngine(LIF), torch.zeros(1, 1)
    found, fired = [], []
    for _ in membranes:
        spike, (membrane,) = engine.step(torch.full((1, 1), 0.6), [membrane])
        found.append(membrane.item())
        fired.append(spike.item())
    assert found == pytest.approx(membranes, abs=1e-6)
    assert fired == [0, 1, 0, 1, 0, 1]


@settings(max_examples=40, deadline=None)
@given(cases())
def test_equals_the_equations_bit_for_bit(case):
    layers, shape, padding, lif, seed = case
    synapses = network(layers, shape, padding, seed)
    inputs = draw(7, 3, shape, seed)
    activity = ReferenceEngine(lif).run(synapses, Frames(inputs))
    trains = ReferenceEngine(lif).spike_trains(synapses, Frames(inputs))
    expected = equations(synapses, inputs, lif)
    for train, other in zip(trains, expected, strict=True):
        assert train.dtype == torch.uint8
        assert torch.equal(train.float(), other)
    assert activity.output.shape == (7, 3, synapses.stages[-1].neurons)
    assert torch.equal(activity.output, expected[-1])
    assert activity.spikes.tolist() == [train.sum().item() for train in expected]
    assert not activity.spikes.requires_grad
    assert not activity.output.requires_grad


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("reset", ["subtract", "zero"])
@pytest.mark.parametrize(
    ("layers", "padding"), [("30-20-10", "valid"), ("6C3-P2-8C3-P2-12-10", "same")]
)
def test_gradients_equal_those_of_the_equations(layers, padding, reset, loss):
    lif = LIF.model_copy(update={"reset": reset})
    synapses = network(layers, (2, 12, 12), padding)
    inputs, labels = draw(10, 4, (2, 12, 12)), torch.tensor([3, 0, 9, 3])
    parameters = list(synapses.parameters())
    output = equations(synapses, inputs, lif)[-1]
    mean = LOSSES[loss](output.sum(0), labels, 10)
    expected = torch.autograd.grad(mean, parameters)
    for parameter in parameters:  # what was there before is forgotten
        parameter.grad = torch.ones_like(parameter)
    engine = ReferenceEngine(lif)
    activity, found = engine.learn(synapses, Frames(inputs), labels, loss)
    assert torch.equal(activity.output, output)
    assert not activity.output.requires_grad
    assert found.item() == pytest.approx(mean.item(), rel=1e-6)
    for parameter, other in zip(parameters, expected, strict=True):
        assert other.abs().max() > 0
        assert (parameter.grad - other).norm() <= 1e-5 * other.norm()


def test_spike_totals_are_exact_beyond_float32():
    # Every neuron fires in every step: an odd total above 2**24, which float32 lacks.
    synapses = network("1023-1", (1, 1, 1))
    with torch.no_grad():
        synapses.layers[0].weight.fill_(100.0)
        synapses.layers[0].bias.fill_(100.0)
    steps, batch = 17, 1025
    inputs = torch.ones(1, 1, 1, 1, 1).expand(steps, batch, 1, 1, 1)
    activity = ReferenceEngine(LIF).run(synapses, Frames(inputs))
    assert activity.spikes[0].item() == steps * batch * 1023
