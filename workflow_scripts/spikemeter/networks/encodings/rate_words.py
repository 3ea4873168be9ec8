"""Rate coding: Bernoulli spikes from a counter, 32 time steps at once.

A spike depends on the key, the sample's number, the pixel and the step alone: not on
the batch, the order, the number of threads or the device. Random words come from
Philox4x32-10 under the 64-bit key; its counter is (pixel, number of the 32 steps,
sample number, number of the block of four words).

Bit t of a spike word is step ``32 * word + t`` of one pixel. It is set if a uniform
random number, of which the random words give one binary digit each for 32 steps, is
less than v / 255. In binary this is the byte v repeated for ever, so the comparison is
exact: the first digit that differs decides.

On the CPU, Numba compiles the drawing when this module is imported, or reads it from
its cache: never in a phase that is metered.

References
----------
Salmon et al. 2011, Parallel random numbers: as easy as 1, 2, 3,
doi:10.1145/2063384.2063405
"""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import torch
from torch import Tensor

from spikemeter.networks.encodings.rate_gpu import (
    BRIGHTEST,
    LOW,
    MULTIPLIERS,
    ROUNDS,
    WEYL,
    WORD_STEPS,
    words_on_gpu,
)
from spikemeter.threads import run_in_threads

_compiled: Callable[[Callable[..., Any]], Callable[..., Any]] = numba.njit(
    cache=True, nogil=True
)
# A call that may fail, as any does for Numba, would keep a loop from vector code.
_inlined: Callable[[Callable[..., Any]], Callable[..., Any]] = numba.njit(
    inline="always"
)


@_inlined
def philox(counter, keys):  # type: ignore[no-untyped-def]
    """Return four random words; all numbers are uint64, of which 32 bits are used."""
    low, half = np.uint64(LOW), np.uint64(32)
    c0, c1, c2, c3 = counter
    k0, k1 = keys
    for _ in range(ROUNDS):
        first = np.uint64(MULTIPLIERS[0]) * c0
        second = np.uint64(MULTIPLIERS[1]) * c2
        c0, c2 = (second >> half) ^ c1 ^ k0, (first >> half) ^ c3 ^ k1
        c1, c3 = second & low, first & low
        k0 = (k0 + np.uint64(WEYL[0])) & low
        k1 = (k1 + np.uint64(WEYL[1])) & low
    return c0, c1, c2, c3


@_inlined
def _compare(digit, random, spikes, undecided):  # type: ignore[no-untyped-def]
    """Compare the next digit of the intensity with one of 32 random numbers."""
    one = np.uint64(0) - (digit & np.uint64(1))
    differs = random ^ one
    return spikes | (undecided & differs & one), undecided & ~differs


@_compiled
def _compare_block(count, state, counter, keys):  # type: ignore[no-untyped-def]
    """Compare four digits of ``count`` pixels; the loop compiles to vector code."""
    place, value, spikes, undecided = state
    word, sample, block = counter
    shift = np.uint64(4) * (np.uint64(1) - block % np.uint64(2))
    for n in range(count):
        r0, r1, r2, r3 = philox((place[n], word, sample, block), keys)
        digits, s, u = value[n] >> shift, spikes[n], undecided[n]
        s, u = _compare(digits >> np.uint64(3), r0, s, u)
        s, u = _compare(digits >> np.uint64(2), r1, s, u)
        s, u = _compare(digits >> np.uint64(1), r2, s, u)
        spikes[n], undecided[n] = _compare(digits, r3, s, u)


@_compiled
def _keep_undecided(count, state, words):  # type: ignore[no-untyped-def]
    """Store the spikes so far; move the undecided pixels together and count them."""
    place, value, spikes, undecided = state
    kept = 0
    for n in range(count):
        words[place[n]] = spikes[n]
        place[kept], value[kept] = place[n], value[n]
        spikes[kept], undecided[kept] = spikes[n], undecided[n]
        kept += undecided[n] != 0
    return kept


@_compiled
def _start(pixels, mask, state, words):  # type: ignore[no-untyped-def]
    """Store what needs no random numbers; list and count the other pixels."""
    place, value, spikes, undecided = state
    count = 0
    for p in range(len(pixels)):
        if pixels[p] == 0:
            words[p] = 0
        elif pixels[p] == BRIGHTEST:
            words[p] = mask
        else:
            place[count], value[count] = p, pixels[p]
            spikes[count], undecided[count] = 0, mask
            count += 1
    return count


@numba.njit(
    "void(uint8[:,::1], int64[::1], UniTuple(uint64, 2), int64, uint32[:,:,::1])",
    cache=True,
    nogil=True,
)
def _draw(pixels, samples, keys, steps, words):  # type: ignore[no-untyped-def]
    """Fill ``words`` of shape (batch, pixels, words)."""
    size = pixels.shape[1]
    state = (
        np.empty(size, np.uint64),
        np.empty(size, np.uint64),
        np.empty(size, np.uint64),
        np.empty(size, np.uint64),
    )
    for i in range(len(pixels)):
        for word in range(words.shape[2]):
            used = min(WORD_STEPS, steps - word * WORD_STEPS)
            mask = (np.uint64(1) << np.uint64(used)) - np.uint64(1)
            sample, block = np.uint64(samples[i]) & np.uint64(LOW), np.uint64(0)
            count = _start(pixels[i], mask, state, words[i, :, word])
            while count:
                counter = (np.uint64(word), sample, block)
                _compare_block(count, state, counter, keys)
                count = _keep_undecided(count, state, words[i, :, word])
                block += np.uint64(1)


@numba.njit("void(int32[:,:,::1], int64, float32[:,:,::1])", cache=True, nogil=True)
def _fill(words, start, spikes):  # type: ignore[no-untyped-def]
    """Fill ``spikes`` of shape (steps, batch, pixels), from step ``start`` on."""
    for t in range(len(spikes)):
        word, bit = divmod(start + t, WORD_STEPS)
        for i in range(words.shape[0]):
            for p in range(words.shape[1]):
                spikes[t, i, p] = np.float32(words[i, p, word] >> np.int32(bit) & 1)


def rate_words(images: Tensor, samples: Tensor, key: int, steps: int) -> Tensor:
    """Draw the spikes of pixels whose intensity is the probability of a spike.

    Parameters
    ----------
    images : uint8 Tensor of shape (batch, *shape)
        Intensities v; a spike has the probability v / 255 in every step.
    samples : int64 Tensor of shape (batch,)
        The samples' numbers in the data set, under 2**32.
    key : int
        At most 64 bits; see :func:`spikemeter.training.randomness.derive_key`.
    steps : int
        Number of time steps.

    Returns
    -------
    int32 Tensor of shape (batch, pixels, ceil(steps / 32))
        Spike words on the images' device; bits beyond the last step are 0.

    Raises
    ------
    ValueError
        If the images are not bytes, or not as many as the sample numbers, or there
        is no step.
    """
    if steps < 1:
        raise ValueError(f"steps is {steps} but must be at least 1")
    if images.dtype != torch.uint8 or len(images) != len(samples):
        raise ValueError(
            f"{len(images)} images are {images.dtype} for {len(samples)} sample "
            "numbers, but must be torch.uint8 and as many"
        )
    pixels = images.flatten(1)
    if pixels.is_cuda:
        return words_on_gpu(pixels, samples, key, steps)
    words = np.empty((*pixels.shape, -(-steps // WORD_STEPS)), np.uint32)
    values, numbers = pixels.contiguous().numpy(), samples.contiguous().numpy()
    keys = np.uint64(key & LOW), np.uint64(key >> 32)

    def draw(_share: int, first: int, last: int) -> None:
        _draw(values[first:last], numbers[first:last], keys, steps, words[first:last])

    run_in_threads(len(words), draw)
    return torch.from_numpy(words.view(np.int32))


def unpack(words: Tensor, steps: int, shape: tuple[int, ...]) -> Tensor:
    """Return the words of samples of a shape as float32 (steps, batch, *shape).

    They are on the CPU, as the spikes are.
    """
    spikes = torch.empty(steps, *words.shape[:2])
    dense, packed = spikes.numpy(), words.contiguous().numpy()

    def fill(_share: int, first: int, last: int) -> None:
        _fill(packed, first, dense[first:last])

    run_in_threads(steps, fill)
    return spikes.view(steps, len(words), *shape)
