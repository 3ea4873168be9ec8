"""Every exact engine learns as the reference does."""

import dataclasses
import itertools

import pytest
import torch
from hypothesis import given, settings

from spikemeter.engines.reference import ReferenceEngine
from spikemeter.networks.encodings.encoded import Frames
from spikemeter.networks.layers import Synapses
from spikemeter.networks.losses.registry import LOSSES
from spikemeter.networks.neurons.lif import Lif
from spikemeter.training.loop import run_pass
from spikemeter.training.model import Model
from spikemeter.training.randomness import derive_key, make_generator
from spikemeter.training.samples import split_samples
from tests.engines import precise
from tests.engines.exactness import (
    DEEP,
    EVENTS,
    KINDS,
    LIF,
    RESETS,
    SENSOR,
    Case,
    cases,
    describe,
    gradients,
    threads,
)
from tests.training.conftest import SHAPE, made_samples

# What float32 rounds of a membrane is multiplied by how steep the surrogate is there.
# Twice the largest relative errors of the cases here; docs/engine.md has more.
MOST_ERRORS = {"atan": 4e-5, "atan_paper": 4e-5, "sigmoid": 3e-4, "fast_sigmoid": 8e-4}


def assert_close(found, expected):
    """Compare parameter by parameter, relative to the norm."""
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == torch.float32
        assert one.shape == other.shape
        assert (one - other).norm() <= 1e-5 * other.norm()


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("reset", RESETS)
@pytest.mark.parametrize("surrogate", precise.DERIVATIVES)
@pytest.mark.parametrize("layers", ["33-20-10", "6C3-P2-17C3-P2-12-10", DEEP])
def test_gradients_of_every_neuron_and_loss(exact, layers, surrogate, reset, loss):
    lif = Lif(beta=1.0, threshold=1.75, reset=reset, surrogate=surrogate)
    padding = "valid" if layers == DEEP else "same"
    assert_gradients(exact, Case(layers, (2, 12, 11), lif, padding=padding), loss)


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layers", ["20-10", "5C3-P3-10"])
def test_gradients_of_every_input(exact, layers, kind, beta):
    lif = LIF.model_copy(update={"beta": beta})
    shape = SENSOR if kind in EVENTS else (2, 10, 9)
    steps = 5 if beta == 0.5 else 35
    assert_gradients(exact, Case(layers, shape, lif, kind, steps=steps), "mse_count")


def test_gradients_that_sum_a_million_terms(exact):
    # The bias of one channel: 900 neurons, 300 steps, 4 samples.
    lif = LIF.model_copy(update={"beta": 1.0, "threshold": 1.75})
    case = Case("4C5-10", SENSOR, lif, "events", steps=300, density=0.006)
    assert_gradients(exact, case, "mse_count")


def assert_gradients(exact, case, loss):
    expected, expected_loss, expected_gradients = precise.learn(case, loss)
    synapses = case.synapses()
    activity, found_loss = exact(case.lif).learn(
        synapses, case.inputs(), case.labels(), loss
    )
    assert torch.equal(activity.output.double(), expected[-1].detach())
    assert found_loss.item() == pytest.approx(expected_loss.item(), rel=1e-5)
    assert all(gradient.any() for gradient in expected_gradients)
    assert_close(gradients(synapses), expected_gradients)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(case=cases([0.0, 1.0], tuple(precise.DERIVATIVES)))
def test_gradients_of_any_network(exact, case):
    found = []
    for engine in (exact(case.lif), ReferenceEngine(case.lif)):
        synapses = case.synapses()
        with threads(case.threads):
            engine.learn(synapses, case.inputs(), case.labels(), "mse_count")
        found.append(gradients(synapses))
    _, _, expected = precise.learn(case, "mse_count")
    for one, reference, other in zip(*found, expected, strict=True):
        # Where large terms cancel, float32 itself is less exact.
        float32 = (reference - other).norm()
        assert (one - other).norm() <= max(1e-5 * other.norm(), 3 * float32)


@pytest.mark.parametrize("kind", ["fractions", "rate", "events"])
@pytest.mark.parametrize("surrogate", MOST_ERRORS)
def test_gradients_of_any_weights(exact, surrogate, kind):
    lif = Lif(beta=0.95, threshold=1.0, surrogate=surrogate)
    shape, compared = SENSOR if kind in EVENTS else (2, 13, 12), 0
    for seed, loss in itertools.product(range(5), LOSSES):
        case = Case("12C5-P2-20-10", shape, lif, kind, steps=31, seed=seed)
        synapses, inputs = case.off_the_grid(), case.inputs()
        expected, _, expected_gradients = precise.learn(case, loss, synapses)
        found = exact(lif).spike_trains(synapses, inputs)
        if not all(map(torch.equal, [one.double() for one in found], expected)):
            continue  # a tie, so that other neurons fire
        compared += 1
        exact(lif).learn(synapses, inputs, case.labels(), loss)
        pairs = zip(gradients(synapses), expected_gradients, strict=True)
        errors = [((one - other).norm() / other.norm()).item() for one, other in pairs]
        assert max(errors) <= MOST_ERRORS[surrogate]
    assert compared >= 3


@pytest.mark.parametrize("layers", ["20-10", DEEP])
def test_nothing_is_kept_from_one_batch_to_the_next(engine, layers):
    case = Case(layers, (2, 10, 9), LIF)
    smaller = dataclasses.replace(case, batch=3, steps=33, density=0.9, seed=1)
    other = dataclasses.replace(smaller, layers="6C3-P3-33-10")
    synapses, inputs, labels = case.synapses(), case.inputs(), case.labels()
    before, seen = case.synapses().state_dict(), inputs.dense().clone()
    computing = engine(LIF)
    first, loss = computing.learn(synapses, inputs, labels, "mse_count")
    once = gradients(synapses)
    for trained in (synapses, other.synapses()):
        computing.learn(trained, smaller.inputs(), smaller.labels(), "mse_count")
    second, same_loss = computing.learn(synapses, inputs, labels, "mse_count")
    assert loss == same_loss
    assert torch.equal(first.output, second.output)
    assert all(map(torch.equal, once, gradients(synapses)))
    assert all(map(torch.equal, synapses.state_dict().values(), before.values()))
    assert torch.equal(inputs.dense(), seen)


@pytest.mark.parametrize("layers", ["20-10", DEEP])
def test_a_batch_of_n_equals_n_batches_of_one(engine, layers):
    case = Case(layers, (2, 10, 9), LIF, batch=34, steps=33)
    synapses, computing = case.synapses(), engine(LIF)
    frames, labels = case.inputs().frames, case.labels()
    alone, single = [], []
    for one, label in zip(frames.split(1, 1), labels.split(1), strict=True):
        alone.append(computing.learn(synapses, Frames(one), label, "mse_count")[0])
        single.append(gradients(synapses))
    found, _ = computing.learn(synapses, Frames(frames), labels, "mse_count")
    assert found.output.sum() > 0
    assert torch.equal(found.output, torch.cat([one.output for one in alone], 1))
    assert torch.equal(found.spikes, sum(one.spikes for one in alone))
    means = [torch.stack(ones).double().mean(0) for ones in zip(*single, strict=True)]
    assert_close(gradients(synapses), means)


@pytest.mark.parametrize("layout", ["channels_last", "strided"])
def test_any_layout_of_weights_and_frames(exact, layout):
    lif = LIF.model_copy(update={"beta": 1.0})
    case = Case(DEEP, (3, 10, 9), lif, kind="fractions", steps=33)
    synapses, frames = case.synapses(), case.inputs().frames
    expected = ReferenceEngine(lif).spike_trains(synapses, Frames(frames))
    if layout == "channels_last":
        synapses.to(memory_format=torch.channels_last)
        frames = frames.permute(0, 1, 3, 4, 2).contiguous().permute(0, 1, 4, 2, 3)
    else:
        for layer in synapses.layers:
            layer.weight.data = torch.stack([layer.weight.data] * 2, -1)[..., 0]
        frames = torch.stack([frames] * 2, -1)[..., 0]
    engine = exact(lif)
    found = engine.spike_trains(synapses, Frames(frames))
    assert all(map(torch.equal, found, expected))
    learned, _ = engine.learn(synapses, Frames(frames), case.labels(), "mse_count")
    assert torch.equal(learned.output, expected[-1].float())
    _, _, exact = precise.learn(case, "mse_count")
    assert_close(gradients(synapses), exact)


@pytest.mark.parametrize("layers", ["20-4", "4C3-P2-17-4"])
def test_training_takes_the_same_course(exact, layers):
    lif = LIF.model_copy(update={"beta": 0.9})
    expected = train(ReferenceEngine(lif), layers)
    assert expected[-1].loss < 0.5 * expected[0].loss  # it learns
    # Sums rounded in another order changed less than 1e-6 in 24 trainings; one spike
    # of an output neuron is 1e-4 of the loss.
    for one, other in zip(train(exact(lif), layers), expected, strict=True):
        assert one.loss == pytest.approx(other.loss, rel=1e-4)
        assert one.accuracy == other.accuracy
        rates = other.spikes_per_neuron_step
        assert one.spikes_per_neuron_step == pytest.approx(rates, rel=1e-4)


def train(engine, layers, epochs=3):
    """Return the tallies of training and validation, epoch by epoch."""
    description = describe(
        LIF, input_shape=SHAPE, layers=layers, steps=35, batch_size=32
    )
    synapses = Synapses(description.stages, make_generator(0, "weights"))
    model = Model(synapses, description, engine)
    optimiser = torch.optim.Adam(synapses.parameters(), lr=0.01)
    samples, tallies = made_samples(steps=35), []
    training, validation = split_samples(200, 0.2, make_generator(0, "split"))
    for epoch in range(epochs):
        draws = derive_key(0, "train", epoch), derive_key(0, "validation", epoch)
        tallies.append(run_pass(model, samples, training, draws[0], optimiser))
        tallies.append(run_pass(model, samples, validation, draws[1]))
    return tallies
