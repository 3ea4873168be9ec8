import pytest
import torch
from snntorch import spikegen

from spikemeter.networks.encoding import encode_frames, encode_images
from spikemeter.training.randomness import generator

STEPS = 6


@pytest.fixture
def images():
    drawn = torch.rand(4, 3, 5, 6, generator=generator(0, "images"))
    drawn[0, 0, 0, :3] = torch.tensor([0.0, 1.0, 0.004])
    return drawn


def encode(images, encoding, steps=STEPS, seed=7):
    stream = torch.Generator().manual_seed(seed)
    return encode_images(images, steps, encoding, stream)


def test_rate_draws_what_snntorch_draws(images):
    with torch.random.fork_rng():
        torch.manual_seed(7)
        expected = spikegen.rate(images, num_steps=STEPS)
    assert torch.equal(encode(images, "rate"), expected)


def test_rate_has_the_intensity_as_its_mean():
    images = torch.linspace(0, 1, 21).reshape(1, 1, 3, 7)
    steps = 4000
    spikes = encode(images, "rate", steps)
    assert set(spikes.unique().tolist()) == {0.0, 1.0}
    inner = images.flatten()[1:-1]
    counts = spikes.sum(0).flatten()
    assert counts[0] == 0
    assert counts[-1] == steps
    variance = steps * inner * (1 - inner)
    chi_square = ((counts[1:-1] - steps * inner) ** 2 / variance).sum().item()
    # 19 degrees of freedom: outside with a probability of 1e-4.
    assert 4 < chi_square < 51


def test_rate_is_drawn_anew_in_every_step_and_repeats_with_the_seed(images):
    spikes = encode(images, "rate")
    assert not torch.equal(spikes[0], spikes[1])
    assert torch.equal(spikes, encode(images, "rate"))
    assert not torch.equal(spikes, encode(images, "rate", seed=8))


def test_latency_is_snntorchs(images):
    expected = spikegen.latency(
        *(images, STEPS), threshold=0.01, normalize=True, linear=True, clip=True
    )
    assert torch.equal(encode(images, "latency"), expected)


def test_latency_fires_once_and_the_brighter_the_earlier():
    images = torch.tensor([1.0, 0.75, 0.5, 0.25, 0.012, 0.009, 0.0]).view(1, 1, 1, 7)
    spikes = encode(images, "latency", 101).flatten(1)
    assert spikes.sum(0).tolist() == [1, 1, 1, 1, 1, 0, 0]
    times = spikes.argmax(0)[:5]
    assert times[0] == 0
    # Linear in time from full scale, step 0, to nothing, step 100.
    assert times.tolist() == [0, 25, 50, 75, 99]


@pytest.mark.parametrize("steps", [1, 2, 300])
def test_latency_with_few_and_many_steps(images, steps):
    spikes = encode(images, "latency", steps)
    assert torch.equal(spikes.sum(0), (images >= 0.01).float())


def test_direct_is_the_intensity(images):
    assert torch.equal(encode(images, "direct"), torch.stack([images] * STEPS))


def test_events_direct_and_delta():
    frames = torch.zeros(4, 1, 2, 3, 3)
    frames[:, 0, 0, 0, 0] = torch.tensor([2.0, 2.0, 3.0, 0.0])
    frames[:, 0, 1, 2, 1] = torch.tensor([0.0, 1.0, 0.0, 0.0])
    assert torch.equal(encode_frames(frames, "direct"), frames)
    changes = encode_frames(frames, "delta")
    assert changes[:, 0, 0, 0, 0].tolist() == [1, 0, 1, -1]
    assert changes[:, 0, 1, 2, 1].tolist() == [0, 1, -1, 0]
    assert torch.equal(changes, spikegen.delta(frames, threshold=0.1, off_spike=True))


def test_other_encodings_are_refused(images):
    with pytest.raises(ValueError, match="'delta' but must be rate, latency or direct"):
        encode(images, "delta")
    with pytest.raises(ValueError, match="'rate' but must be direct or delta"):
        encode_frames(torch.zeros(2, 1, 2, 3, 3), "rate")
