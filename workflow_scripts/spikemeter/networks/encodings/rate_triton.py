"""The words of ``rate_words.py`` on a GPU: one Triton kernel instead of 400 launches.

Triton comes with torch on Linux only. ``TRITON_INTERPRET=1`` in the environment while
this module is imported runs the kernel in Triton's interpreter, without a GPU.
"""

import torch
import triton  # type: ignore[import-untyped]
import triton.language as tl  # type: ignore[import-untyped]
from torch import Tensor

WORD_STEPS = 32
BLOCK = 256  # words that a program draws
BRIGHTEST = tl.constexpr(255)
ROUNDS = tl.constexpr(10)


@triton.jit(do_not_specialize=["steps", "key"])
def draw_kernel(  # noqa: PLR0913, PLR0917 - a kernel has no objects to take
    pixels: tl.tensor,  # uint8 (batch, pixels)
    samples: tl.tensor,  # int64 (batch,)
    words: tl.tensor,  # int32 (batch, pixels, words)
    n_pixels: tl.tensor,
    n_words: tl.tensor,
    steps: tl.tensor,
    key: tl.tensor,
    BLOCK: tl.constexpr,  # noqa: N803 - Triton's way to write constants
) -> None:
    """Draw the words of one sample's pixels."""
    sample = tl.program_id(1).to(tl.int64)
    lane = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = lane < n_pixels * n_words
    pixel, word = lane // n_words, lane % n_words
    value = tl.load(pixels + sample * n_pixels + pixel, mask=inside, other=0)
    number = tl.load(samples + sample).to(tl.uint32)
    unused = 32 - tl.minimum(steps - 32 * word, 32)
    none = tl.full((BLOCK,), 0, tl.uint32)
    used = tl.full((BLOCK,), 0xFFFFFFFF, tl.uint32) >> unused.to(tl.uint32)
    spikes = tl.where(value == BRIGHTEST, used, none)
    undecided = tl.where((value > 0) & (value < BRIGHTEST), used, none)
    block = tl.full((), 0, tl.int32)
    while tl.max((undecided != 0).to(tl.int32), axis=0) > 0:
        random = tl.philox(
            key,
            pixel.to(tl.uint32),
            word.to(tl.uint32),
            number + none,
            none + block.to(tl.uint32),
            ROUNDS,
        )
        digits = value.to(tl.int32) >> (4 * (1 - block % 2))
        for n in tl.static_range(4):
            # Compare the next digit of the intensity with one of 32 random numbers.
            one = (-(digits >> (3 - n) & 1)).to(tl.uint32, bitcast=True)
            differs = random[n] ^ one
            spikes |= undecided & differs & one
            undecided &= ~differs
        block += 1
    place = words + sample * n_pixels * n_words + lane
    tl.store(place, spikes.to(tl.int32, bitcast=True), mask=inside)


def draw_words(pixels: Tensor, samples: Tensor, key: int, steps: int) -> Tensor:
    """Draw the words of :func:`spikemeter.networks.encodings.rate_words.rate_words`.

    Parameters
    ----------
    pixels : uint8 Tensor of shape (batch, pixels)
    samples, key, steps
        As in :func:`spikemeter.networks.encodings.rate_words.rate_words`.
    """
    batch, n_pixels = pixels.shape
    n_words = -(-steps // WORD_STEPS)
    words = pixels.new_empty((batch, n_pixels, n_words), dtype=torch.int32)
    # As a signed number, whose 64 bits are the key's.
    signed = key - (1 << 64) if key >> 63 else key
    draw_kernel[(triton.cdiv(n_pixels * n_words, BLOCK), batch)](
        pixels.contiguous(),
        samples.contiguous(),
        words,
        n_pixels,
        n_words,
        steps,
        signed,
        BLOCK=BLOCK,
    )
    return words
