import pytest
import torch
from snntorch import spikegen

from spikemeter.networks.encodings.direct import Constant
from spikemeter.networks.encodings.latency import LatencyCoded
from spikemeter.networks.encodings.rate import RateCoded
from spikemeter.networks.encodings.rate_words import rate_words
from spikemeter.training.randomness import make_generator
from tests.engines.exactness import LIF, SENSOR, Case

STEPS = 6


@pytest.fixture
def images():
    drawn = torch.randint(256, (4, 3, 9, 10), generator=make_generator(0, "images"))
    drawn.view(-1)[:256] = torch.arange(256)
    return drawn.to(torch.uint8)


def test_rate_is_drawn_by_key_and_sample(images):
    samples = torch.tensor([5, 2, 9, 7])
    inputs = RateCoded(images, 40, 3, samples)
    assert (inputs.steps, inputs.batch) == (40, 4)
    spikes = inputs.dense()
    assert spikes.shape == (40, 4, 3, 9, 10)
    assert spikes.dtype == torch.float32
    assert torch.equal(inputs.spike_words(), rate_words(images, samples, 3, 40))
    shares = spikes.mean(0) - images / 255
    assert shares.abs().max() < 0.45  # 40 steps: 5.7 standard deviations


@pytest.mark.parametrize("steps", [1, 2, 3, 25, 101, 300])
def test_latency_is_snntorchs(images, steps):
    expected = spikegen.latency(
        *(images / 255, steps), threshold=0.01, normalize=True, linear=True, clip=True
    )
    inputs = LatencyCoded(images, steps)
    assert (inputs.steps, inputs.batch) == (steps, 4)
    assert torch.equal(inputs.dense(), expected)
    fire_steps = torch.where(expected.sum(0) > 0, expected.argmax(0), -1)
    assert torch.equal(inputs.fire_steps(), fire_steps)


def test_constant_is_the_intensity_and_copies_nothing(images):
    inputs = Constant(images, STEPS)
    assert (inputs.steps, inputs.batch) == (STEPS, 4)
    dense = inputs.dense()
    assert torch.equal(dense, torch.stack([images / 255] * STEPS))
    assert dense.stride(0) == 0


def test_event_changes_are_rises_and_falls():
    inputs = Case("10", SENSOR, LIF, "changes", steps=STEPS, batch=2).inputs()
    assert (inputs.steps, inputs.batch) == (STEPS, 2)
    counts = inputs.packing.densify(inputs.events, inputs.offsets, inputs.index)
    before = torch.cat([torch.zeros_like(counts[:1]), counts[:-1]])
    assert torch.equal(inputs.dense(), torch.sign(counts - before))
    assert set(inputs.dense().unique().tolist()) == {-1.0, 0.0, 1.0}
