import itertools
from fractions import Fraction
from unittest.mock import Mock

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from spikemeter.engines.interface import Activity
from spikemeter.networks.layers import Synapses, plain_forward
from spikemeter.networks.notation import parse_layers
from spikemeter.training.loop import decode, expect_correct, run_pass
from spikemeter.training.model import Model
from spikemeter.training.operation_counts import count_operations
from spikemeter.training.randomness import make_generator
from spikemeter.training.run import build_model
from spikemeter.training.samples import ImageSamples
from tests.training.conftest import made_samples

CPU = torch.device("cpu")


def passed(model, samples, optimiser=None, order=None):
    order = torch.arange(len(samples.labels)) if order is None else order
    return run_pass(model, samples, order, 0, optimiser)


def scripted(counts, labels, spiking):
    """Return a model whose output counts are given, sample by sample, and samples."""
    counts = torch.tensor(counts, dtype=torch.float32)
    samples = made_samples(len(labels))
    samples.labels[:] = torch.tensor(labels)
    seen = iter(counts)

    class Engine:
        def run(self, _synapses, inputs):
            chosen = torch.stack([next(seen) for _ in range(inputs.batch)])
            output = torch.cat([chosen[None], torch.zeros(4, *chosen.shape)])
            return Activity(output, torch.tensor([3.0, 2.0], dtype=torch.float64))

    stages = parse_layers("20-4", (1, 6, 6), "valid")
    model = Model(Synapses(stages, make_generator(0, "weights")), spiking, Engine())
    return model, samples


def test_ties_and_silence_are_counted_and_the_lowest_class_is_taken(spiking):
    counts = [[0, 0, 0, 0], [1, 5, 5, 0], [2, 0, 0, 2], [0, 0, 0, 1]]
    model, samples = scripted(counts, [2, 1, 3, 3], spiking)
    tally = passed(model, samples)
    assert (tally.tied, tally.silent) == (3, 1)
    expected = torch.zeros(4, 4, dtype=torch.int64)
    expected[2, 0] = expected[1, 1] = expected[3, 0] = expected[3, 3] = 1
    assert tally.confusion.tolist() == expected.tolist()
    assert tally.accuracy == 0.5
    # One of four classes, one of two, one of two, and the only one.
    assert tally.correct == 1 / 4 + 1 / 2 + 1 / 2 + 1
    assert tally.expected_accuracy == tally.correct / 4


@settings(deadline=None)
@given(st.data(), st.integers(1, 4))
def test_the_expectation_is_the_mean_over_every_way_to_break_ties(data, classes):
    count = st.lists(st.integers(0, 2), min_size=classes, max_size=classes)
    pairs = st.tuples(count, st.integers(0, classes - 1))
    drawn = data.draw(st.lists(pairs, min_size=1, max_size=5))
    counts, labels = zip(*drawn, strict=True)
    decoded = decode(torch.tensor(counts).float(), torch.tensor(labels))
    highest = [[c for c, n in enumerate(row) if n == max(row)] for row in counts]
    ways = [sum(map(int.__eq__, way, labels)) for way in itertools.product(*highest)]
    # All ways are equally likely.
    found = expect_correct(decoded.count_right(classes)).item()
    assert found == pytest.approx(float(Fraction(sum(ways), len(ways))), rel=1e-12)
    assert decoded.predicted.tolist() == [row[0] for row in highest]
    assert decoded.tied.tolist() == [len(row) > 1 for row in highest]
    assert decoded.silent.tolist() == [max(row) == 0 for row in counts]


def test_neither_the_order_nor_the_split_of_samples_changes_the_expectation():
    stream = make_generator(0, "outputs")
    outputs = torch.randint(0, 3, (997, 7), generator=stream).float()
    labels = torch.randint(0, 7, (997,), generator=stream)
    counts = decode(outputs, labels).count_right(7)
    order = torch.randperm(997, generator=stream)
    parts = [decode(outputs[n], labels[n]).count_right(7) for n in order.split(64)]
    assert expect_correct(torch.stack(parts).sum(0)) == expect_correct(counts)
    steps = decode(outputs.expand(3, -1, -1), labels).count_right(7)
    assert expect_correct(steps).tolist() == [expect_correct(counts)] * 3


def test_outputs_that_are_not_a_number_are_never_right():
    decoded = decode(torch.full((2, 3), float("nan")), torch.tensor([0, 2]))
    assert expect_correct(decoded.count_right(3)) == 0
    assert not decoded.tied.any()


def test_loss_and_rates_are_means_over_samples_not_batches(spiking):
    counts = [[4, 1, 1, 1]] * 4 + [[0, 0, 0, 0]]
    spiking = spiking.replace(batch_size=4)
    model, samples = scripted(counts, [0] * 5, spiking)
    tally = passed(model, samples)
    silent = (16 + 1 + 1 + 1) / 4 / 5  # targets 4 and 1 of 5 steps
    assert tally.loss == pytest.approx(silent / 5)
    # Two batches of 3 and 2 spikes, over neurons, 5 samples and 5 steps.
    rates = (6 / (20 * 25), 4 / (4 * 25))
    assert tally.spikes_per_neuron_step == pytest.approx(rates)


@pytest.mark.parametrize("batch_size", [1, 32, 33, 199, 200, 500])
def test_every_sample_is_counted_once(plain, batch_size):
    samples = made_samples(200)
    plain = plain.replace(batch_size=batch_size)
    model = build_model(plain, 0, CPU)
    sizes = []
    order = torch.arange(200)
    tally = run_pass(model, samples, order, 0, progress=sizes.append)
    assert sum(sizes) == tally.samples == 200
    assert max(sizes) <= batch_size
    assert tally.confusion.sum(1).tolist() == [50] * 4
    outputs = plain_forward(model.synapses, samples.plain(order))
    predicted = outputs.argmax(1)
    assert tally.accuracy == (predicted == samples.labels).sum().item() / 200
    assert tally.loss == pytest.approx(
        functional.cross_entropy(outputs, samples.labels).item(), rel=1e-5
    )
    assert tally.silent is None
    assert tally.spikes_per_neuron_step == ()


def test_only_an_optimiser_changes_weights(settings, samples):
    model = build_model(settings, 0, CPU)
    before = [p.detach().clone() for p in model.synapses.parameters()]
    first = passed(model, samples)
    same = zip(before, model.synapses.parameters(), strict=True)
    assert all(torch.equal(*pair) for pair in same)
    assert all(p.grad is None for p in model.synapses.parameters())
    optimiser = torch.optim.Adam(model.synapses.parameters(), lr=0.01)
    for _ in range(5):
        learned = passed(model, samples, optimiser)
    changed = zip(before, model.synapses.parameters(), strict=True)
    assert not any(torch.equal(*pair) for pair in changed)
    assert learned.loss < first.loss


def test_a_batch_learned_from_gives_what_a_batch_run_gives(settings, samples):
    model = build_model(settings, 0, CPU)
    index = torch.tensor([7, 0, 199, 30])
    run = model.run(samples, index, 3)
    assert all(p.grad is None for p in model.synapses.parameters())
    learned = model.learn(samples, index, 3)
    for one, other in zip(run, learned, strict=True):
        assert torch.allclose(one, other)
        assert not other.requires_grad
    gradients = [p.grad.clone() for p in model.synapses.parameters()]
    assert all(gradient.abs().max() > 0 for gradient in gradients)
    model.learn(samples, torch.tensor([1, 2]), 3)
    model.learn(samples, index, 3)  # earlier gradients are forgotten
    for gradient, parameter in zip(gradients, model.synapses.parameters(), strict=True):
        assert torch.equal(gradient, parameter.grad)


def test_weights_that_overflow_stop_training_and_test(settings, samples):
    model = build_model(settings, 0, CPU)
    optimiser = torch.optim.Adam(model.synapses.parameters(), lr=0.01)
    model.synapses.layers[0].weight.data[0, 0] = float("nan")
    # Neurons fed with NaN are silent: the loss of the spiking network stays finite.
    told = "" if settings.spiking else "the loss is nan but must stay.*"
    for chosen in (optimiser, None):
        with pytest.raises(FloatingPointError, match=f"{told}lower learning_rate"):
            passed(model, samples, chosen)


TOO_LARGE = "the memory does not hold a batch of 9 samples.*lower.*batch_size.*"
ERRORS = {  # on a GPU, on a CPU, of numpy, and of another kind
    torch.OutOfMemoryError("CUDA out of memory.\nSee"): rf"{TOO_LARGE}memory. See\)",
    RuntimeError("DefaultCPUAllocator: can't allocate"): rf"{TOO_LARGE}allocate\)",
    MemoryError(): rf"{TOO_LARGE}\(MemoryError\)",
    RuntimeError("shapes do not fit"): "shapes do not fit",
}


@pytest.mark.parametrize(("error", "told"), ERRORS.items())
def test_too_little_memory_says_what_to_lower(plain, error, told, monkeypatch):
    model, samples = build_model(plain, 0, CPU), made_samples(9)
    monkeypatch.setattr(Model, "run", Mock(side_effect=error))
    monkeypatch.setattr(ImageSamples, "plain", Mock(side_effect=error))
    for compute in (passed, lambda *given: count_operations(*given, key=0)):
        with pytest.raises(RuntimeError, match=f"^{told}$"):
            compute(model, samples)
