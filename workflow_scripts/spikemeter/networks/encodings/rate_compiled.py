"""The compiled part of ``rate_words.py``, and Philox's constants.

What has a signature is compiled, or read from Numba's cache, when this module is
imported: never in a phase that is metered.
"""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

WORD_STEPS = 32
BRIGHTEST = 255
LOW = 0xFFFFFFFF
MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
WEYL = (0x9E3779B9, 0xBB67AE85)
ROUNDS = 10

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
def draw(pixels, samples, keys, steps, words):  # type: ignore[no-untyped-def]
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
def fill(words, start, spikes):  # type: ignore[no-untyped-def]
    """Fill ``spikes`` of shape (steps, batch, pixels), from step ``start`` on."""
    for t in range(len(spikes)):
        word, bit = divmod(start + t, WORD_STEPS)
        for i in range(words.shape[0]):
            for p in range(words.shape[1]):
                spikes[t, i, p] = np.float32(words[i, p, word] >> np.int32(bit) & 1)
