import numpy as np
import pytest
import torch
from snntorch import spikegen

from spikemeter.datasets.packed_events import PackedFormat, to_signed
from spikemeter.networks.encodings.delta import EventChanges
from spikemeter.networks.encodings.direct import Constant
from spikemeter.networks.encodings.latency import LatencyCoded
from spikemeter.networks.encodings.rate import RateCoded
from spikemeter.networks.encodings.rate_words import rate_words
from spikemeter.training.randomness import make_generator

STEPS = 6
PACKING = PackedFormat((2, 34, 34), STEPS)


@pytest.fixture
def images():
    drawn = torch.randint(256, (4, 3, 9, 10), generator=make_generator(0, "images"))
    drawn.view(-1)[:256] = torch.arange(256)
    return drawn.to(torch.uint8)


@pytest.fixture
def events():
    """Return the packed events of three recordings, and where each begins."""
    rng = np.random.default_rng(0)
    step, polarity = rng.integers(STEPS, size=400), rng.integers(2, size=400)
    row, column = rng.integers(8, size=(2, 400))
    words = PACKING.pack(step, polarity, row, column)
    packed = torch.from_numpy(to_signed(words))
    return packed, torch.tensor([0, 150, 150, 400])


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


def test_event_changes_are_rises_and_falls(events):
    index = torch.tensor([2, 0])
    inputs = EventChanges(*events, index, PACKING)
    assert (inputs.steps, inputs.batch) == (STEPS, 2)
    counts = PACKING.densify(*events, index)
    before = torch.cat([torch.zeros_like(counts[:1]), counts[:-1]])
    assert torch.equal(inputs.dense(), torch.sign(counts - before))
    assert set(inputs.dense().unique().tolist()) == {-1.0, 0.0, 1.0}
