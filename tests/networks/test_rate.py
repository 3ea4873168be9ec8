"""The rate coder; where chance decides, keys are fixed and false alarms stated."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats  # type: ignore[import-untyped]

from spikemeter.networks.encodings.rate import RateCoded
from spikemeter.networks.encodings.rate_gpu import unpack_by_torch, words_by_torch
from spikemeter.networks.encodings.rate_words import philox, rate_words, unpack
from spikemeter.training.randomness import derive_key, make_generator
from tests.engines.exactness import threads

KEY = derive_key(0, "test")
FALSE_ALARM = 1e-6
STEPS = [1, 25, 32, 33, 300]


def bytes_of(shape, seed=0):
    drawn = torch.randint(256, shape, generator=make_generator(seed, "bytes"))
    return drawn.to(torch.uint8)


def draw(images, steps, samples=None, key=KEY):
    samples = torch.arange(len(images)) if samples is None else samples
    words = rate_words(images, samples, key, steps)
    return unpack(words, steps, images.shape[1:])


def constant(intensity, steps=64, samples=None, key=KEY):
    images = torch.full((128, 1, 12, 12), intensity, dtype=torch.uint8)
    return draw(images, steps, samples, key)


def random_words(counter, key):
    numbers = [np.uint64(number) for number in (*counter, *key)]
    return [int(word) for word in philox(tuple(numbers[:4]), tuple(numbers[4:]))]


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ("0" * 32, "0" * 16, "6627E8D5 E169C58D BC57AC4C 9B00DBD8"),
        ("F" * 32, "F" * 16, "408F276D 41C83B0E A20BC7C6 6D5451FD"),
        (
            *("243F6A8885A308D313198A2E03707344", "A4093822299F31D0"),
            "D16CFE09 94FDCCEB 5001E420 24126EA1",
        ),
    ],
)
def test_philox_gives_the_known_answers_of_random123(counter, key, expected):
    counter, key = (np.frombuffer(bytes.fromhex(t), ">u4") for t in (counter, key))
    assert " ".join(f"{word:08X}" for word in random_words(counter, key)) == expected


@settings(max_examples=200, deadline=None)
@given(
    *(st.integers(0, 255), st.integers(0, 2**32 - 1), st.integers(0, 2**63 - 1)),
    *(st.integers(0, 4), st.integers(0, 99)),
)
@example(255, 0, 0, 0, 31)
@example(0, 0, 0, 0, 31)
def test_a_spike_is_a_uniform_number_less_than_the_intensity(
    intensity, sample, key, pixel, step
):
    digits = []
    for block in range(16):
        counter = (pixel, step // 32, sample, block)
        words = random_words(counter, (key & 0xFFFFFFFF, key >> 32))
        digits += [word >> (step % 32) & 1 for word in words]
    uniform = sum(Fraction(digit, 2**n) for n, digit in enumerate(digits, 1))
    images = torch.full((1, 5), intensity, dtype=torch.uint8)
    spikes = draw(images, 100, torch.tensor([sample]), key)
    assert spikes[step, 0, pixel] == (uniform < Fraction(intensity, 255))


@pytest.mark.parametrize("steps", STEPS)
def test_bits_are_steps_and_the_first_ones_of_a_longer_train(steps):
    """PyTorch gives the same words."""
    images, samples = bytes_of((3, 2, 25)), torch.tensor([3, 59_999, 2**32 - 1])
    words = rate_words(images, samples, 2**63 - 1, steps)
    assert words.dtype == torch.int32
    assert words.shape == (3, 50, -(-steps // 32))
    by_torch = words_by_torch(images.flatten(1), samples, 2**63 - 1, steps)
    assert torch.equal(words, by_torch)
    spikes = unpack(words, steps, (2, 25))
    assert torch.equal(spikes.flatten(2), unpack_by_torch(words, steps))
    assert spikes.shape == (steps, 3, 2, 25)
    longer = draw(images, 321, samples, 2**63 - 1)
    assert torch.equal(spikes, longer[:steps])
    packed = words.numpy().view(np.uint32)
    for step in range(32 * packed.shape[2]):
        bits = packed[..., step // 32] >> np.uint32(step % 32) & 1
        expected = spikes[step].flatten(1).numpy() if step < steps else 0
        assert (bits == expected).all()


def test_neither_batch_nor_threads_matter():
    images = bytes_of((11, 1, 6, 6))
    samples = torch.arange(100, 111)
    words = rate_words(images, samples, KEY, 40)
    strided = torch.stack([images] * 2, -1)[..., 0]
    assert torch.equal(rate_words(strided, samples, KEY, 40), words)
    order = torch.tensor([4, 9, 0, 4])
    chosen = rate_words(images[order], samples[order], KEY, 40)
    assert torch.equal(chosen, words[order])
    alone = rate_words(images[7:8], samples[7:8], KEY, 40)
    assert torch.equal(alone, words[7:8])
    spikes = unpack(words, 40, (1, 6, 6))
    for count in (2, 3, 16):
        with threads(count):
            assert torch.equal(rate_words(images, samples, KEY, 40), words)
            assert torch.equal(unpack(words, 40, (1, 6, 6)), spikes)


def test_every_intensity_is_its_probability():
    samples, steps = 50, 320
    images = torch.arange(256, dtype=torch.uint8).expand(samples, 256)
    counts = draw(images, steps).sum((0, 1)).double().numpy()
    trials, share = samples * steps, np.arange(256) / 255
    assert (counts[0], counts[-1]) == (0, trials)
    share, counts = share[1:-1], counts[1:-1]
    squares = (counts - trials * share) ** 2 / (trials * share * (1 - share))
    assert stats.chi2.sf(squares.sum(), len(squares)) > FALSE_ALARM
    assert stats.chi2.cdf(squares.sum(), len(squares)) > FALSE_ALARM
    # Any single intensity: 254 tests.
    assert stats.norm.sf(np.sqrt(squares.max())) * 2 * 254 > FALSE_ALARM


@pytest.mark.parametrize("intensity", [20, 85, 128, 250])
@pytest.mark.parametrize(
    "other",
    ["step", "32 steps", "pixel", "row", "sample", "epoch", "next key", "key + 2**32"],
)
def test_uncorrelated(intensity, other):
    one = constant(intensity)
    share = intensity / 255
    one, two = {
        "step": lambda: (one[1:], one[:-1]),
        "32 steps": lambda: (one[32:], one[:-32]),
        "pixel": lambda: (one[..., 1:], one[..., :-1]),
        "row": lambda: (one[..., 1:, :], one[..., :-1, :]),
        "sample": lambda: (one[:, 1:], one[:, :-1]),
        "epoch": lambda: (one, constant(intensity, key=derive_key(0, "train", 2))),
        "next key": lambda: (one, constant(intensity, key=KEY + 1)),
        "key + 2**32": lambda: (one, constant(intensity, key=KEY + 2**32)),
    }[other]()
    products = ((one - share).double() * (two - share).double()).sum().item()
    deviations = products / (share * (1 - share) * one.numel() ** 0.5)
    # 32 tests.
    assert stats.norm.sf(abs(deviations)) * 2 * 32 > FALSE_ALARM


def test_bad_input_is_refused():
    images, samples = bytes_of((2, 3)), torch.arange(2)
    with pytest.raises(ValueError, match="steps is 0 but must be at least 1"):
        rate_words(images, samples, KEY, 0)
    with pytest.raises(ValueError, match=r"must be torch\.uint8"):
        rate_words(images.float(), samples, KEY, 5)
    with pytest.raises(ValueError, match=r"2 images are .* for 3 sample numbers"):
        rate_words(images, torch.arange(3), KEY, 5)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("steps", STEPS)
def test_a_gpu_gives_the_same_spikes(steps):
    images, samples = bytes_of((9, 1, 8, 8)), torch.arange(9)
    words = rate_words(images.cuda(), samples.cuda(), KEY, steps)
    assert torch.equal(words.cpu(), rate_words(images, samples, KEY, steps))
    spikes = RateCoded(images.cuda(), steps, KEY, samples.cuda()).dense()
    assert torch.equal(spikes.cpu(), draw(images, steps))
