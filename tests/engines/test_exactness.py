"""Every exact engine fires as the reference does, up to ties of float32 rounding."""

import pytest
import torch
from hypothesis import given, settings

from spikemeter.engines.reference import ReferenceEngine
from spikemeter.networks.encodings.direct import Constant
from spikemeter.networks.encodings.encoded import Frames
from spikemeter.networks.layers import Synapses
from spikemeter.networks.losses.registry import LOSSES
from spikemeter.networks.notation import parse_layers
from spikemeter.training.randomness import make_generator
from tests.engines import precise
from tests.engines.exactness import (
    BETAS,
    DEEP,
    EVENTS,
    KINDS,
    LIF,
    RESETS,
    SENSOR,
    Case,
    cases,
    threads,
)


def assert_same_spikes(exact, case):
    """Compare what all three functions of an engine give with the reference."""
    synapses, inputs = case.synapses(), case.inputs()
    expected = ReferenceEngine(case.lif).spike_trains(synapses, inputs)
    engine, labels = exact(case.lif), case.labels()
    with threads(case.threads):
        trains = engine.spike_trains(synapses, inputs)
        run = engine.run(synapses, inputs)
        learned, loss = engine.learn(synapses, inputs, labels, "mse_count")
    for stage, (one, other) in enumerate(zip(trains, expected, strict=True)):
        assert one.dtype == torch.uint8
        assert torch.equal(one, other), f"stage {stage}"
    output = expected[-1].float()
    totals = [int(train.sum()) for train in expected]
    for activity in (run, learned):
        assert torch.equal(activity.output, output)
        assert activity.spikes.dtype == torch.float64
        assert activity.spikes.tolist() == totals
        assert not activity.output.requires_grad
    counted = LOSSES["mse_count"](output.sum(0), labels, case.steps)
    assert loss.shape == ()
    assert loss.item() == pytest.approx(counted.item(), rel=1e-6)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(case=cases(BETAS))
def test_spikes_equal_bit_for_bit(exact, case):
    assert_same_spikes(exact, case)


@pytest.mark.parametrize("layers", ["{}", "{}C1-1"])
@pytest.mark.parametrize("constant", [False, True])
@pytest.mark.parametrize("reset", RESETS)
@pytest.mark.parametrize("beta", [0.8, 0.9, 0.95])
def test_membranes_are_rounded_as_the_reference_rounds(
    exact, beta, reset, constant, layers
):
    lif = LIF.model_copy(update={"beta": beta, "reset": reset})
    weights = torch.cat(on_the_verge(lif))
    pixel = torch.ones(24, 1, 1, 1, 1)
    image = Constant(torch.full((1, 1, 1, 1), 255, dtype=torch.uint8), 24)
    inputs = image if constant else Frames(pixel)
    synapses = neurons_driven_by(weights, layers)
    expected = ReferenceEngine(lif).spike_trains(synapses, inputs)
    found = exact(lif).spike_trains(synapses, inputs)
    assert len(weights) >= 30
    assert int((found[0] != expected[0]).sum()) == 0


def on_the_verge(lif):
    """Return pairs of next float32, between which a neuron's spikes change."""

    def trains(weights):
        synapses = neurons_driven_by(weights, "{}")
        ones = Frames(torch.ones(24, 1, 1, 1, 1))
        return ReferenceEngine(lif).spike_trains(synapses, ones)[0]

    grid = torch.linspace(0.05, 2, 400)
    changes = (trains(grid[:-1]) != trains(grid[1:])).flatten(0, 1).any(0)
    low, high = grid[:-1][changes], grid[1:][changes]
    for _ in range(24):
        middle = (low + high) / 2
        alike = (trains(middle) == trains(low)).flatten(0, 1).all(0)
        low, high = torch.where(alike, middle, low), torch.where(alike, high, middle)
    return low, high


def neurons_driven_by(weights, layers):
    """Return a network of one pixel, with these as the weights of the first stage."""
    stages = parse_layers(layers.format(len(weights)), (1, 1, 1), "valid")
    synapses = Synapses(stages, make_generator(0, "weights"))
    synapses.layers[0].weight.data = weights.view_as(synapses.layers[0].weight)
    return synapses


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("steps", [1, 31, 32, 33, 64, 70])
def test_every_input_at_the_borders_of_blocks(exact, kind, steps):
    lif = LIF.model_copy(update={"beta": 1.0})
    shape = SENSOR if kind in EVENTS else (2, 8, 9)
    case = Case("6C5-P3-10", shape, lif, kind, steps=steps, batch=2)
    assert case.steps <= case.exact_steps()
    assert_same_spikes(exact, case)


@pytest.mark.parametrize("kind", [*KINDS, "intensities"])
@pytest.mark.parametrize("layers", ["64-32-10", "12C5-P2-32C3-P2-10", DEEP])
def test_other_spikes_are_ties_of_rounding(exact, kind, layers):
    lif = LIF.model_copy(update={"beta": 0.9})
    shape = SENSOR if kind in EVENTS else (2, 13, 12)
    case = Case(layers, shape, lif, kind)
    synapses, inputs = case.off_the_grid(), case.inputs()
    expected = ReferenceEngine(lif).spike_trains(synapses, inputs)
    found = exact(lif).spike_trains(synapses, inputs)
    other = [int((a != b).sum()) for a, b in zip(found, expected, strict=True)]
    signals = [inputs.dense(), *expected]
    for sample, step, stage, neurons in precise.first_differences(expected, found):
        distance, bound = precise.distance(
            synapses,
            signals[stage][: step + 1, sample],
            expected[stage][:step, sample],
            stage,
            lif,
        )
        excess = (distance.abs() / bound)[neurons].max().item()
        assert excess <= 1, (
            f"{other} spikes of the stages differ; the first of sample {sample}, in "
            f"step {step} of stage {stage}, is {excess:.3g} times the rounding error"
            " from the threshold"
        )
