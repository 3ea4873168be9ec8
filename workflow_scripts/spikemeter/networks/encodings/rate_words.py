"""Rate coding: Bernoulli spikes from a counter, 32 time steps at once.

A spike depends on the key, the sample's number, the pixel and the step alone: not on
the batch, the order, the number of threads or the device. Random words come from
Philox4x32-10 under the 64-bit key; its counter is (pixel, number of the 32 steps,
sample number, number of the block of four words).

Bit t of a spike word is step ``32 * word + t`` of one pixel. It is set if a uniform
random number, of which the random words give one binary digit each for 32 steps, is
less than v / 255. In binary this is the byte v repeated for ever, so the comparison is
exact: the first digit that differs decides.

References
----------
Salmon et al. 2011, Parallel random numbers: as easy as 1, 2, 3,
doi:10.1145/2063384.2063405
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from spikemeter.networks.encodings import rate_compiled
from spikemeter.networks.encodings.rate_compiled import (
    BRIGHTEST,
    LOW,
    MULTIPLIERS,
    ROUNDS,
    WEYL,
    WORD_STEPS,
)
from spikemeter.threads import run_in_threads

BLOCKS_PER_BYTE = 2


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
        return words_by_torch(pixels, samples, key, steps)
    words = np.empty((*pixels.shape, -(-steps // WORD_STEPS)), np.uint32)
    values, numbers = pixels.contiguous().numpy(), samples.contiguous().numpy()
    keys = np.uint64(key & LOW), np.uint64(key >> 32)

    def draw(_share: int, first: int, last: int) -> None:
        rate_compiled.draw(
            values[first:last], numbers[first:last], keys, steps, words[first:last]
        )

    run_in_threads(len(words), draw)
    return torch.from_numpy(words.view(np.int32))


def words_by_torch(pixels: Tensor, samples: Tensor, key: int, steps: int) -> Tensor:
    """Draw the same words as :func:`rate_words` by PyTorch, on any device.

    Parameters
    ----------
    pixels : uint8 Tensor of shape (batch, pixels)
    samples, key, steps
        As in :func:`rate_words`.
    """
    device = pixels.device
    word = torch.arange(-(-steps // WORD_STEPS), device=device)
    used = (1 << (steps - WORD_STEPS * word).clamp(max=WORD_STEPS)) - 1
    values = pixels.long()[..., None]
    places = torch.arange(7, -1, -1, device=device).view(-1, 1, 1, 1)
    ones = -(values >> places & 1)
    spikes = used * (values == BRIGHTEST)
    undecided = used * ((values > 0) & (values < BRIGHTEST))
    pixel = torch.arange(pixels.shape[1], device=device)[:, None]
    sample = samples[:, None, None] & LOW
    blocks = torch.arange(BLOCKS_PER_BYTE, device=device).view(-1, 1, 1, 1)
    while undecided.any():
        random = _random_digits(
            torch.broadcast_tensors(pixel, word, sample, blocks), key
        )
        for differs, one in zip(random ^ ones, ones, strict=True):
            spikes |= undecided & differs & one
            undecided &= ~differs
        blocks += BLOCKS_PER_BYTE
    return spikes.to(torch.int32)


def unpack(words: Tensor, steps: int, shape: tuple[int, ...]) -> Tensor:
    """Return spike words as dense spikes.

    Parameters
    ----------
    words : int32 Tensor of shape (batch, pixels, words)
        From :func:`rate_words`.
    steps : int
    shape : tuple of int
        Of one sample.

    Returns
    -------
    float32 Tensor of shape (steps, batch, *shape)
    """
    if words.is_cuda:
        step = torch.arange(steps, dtype=torch.int32, device=words.device)
        chosen = words.movedim(2, 0)[step.long() // WORD_STEPS]
        spikes = (chosen >> (step % WORD_STEPS)[:, None, None] & 1).float()
    else:
        spikes = torch.empty(steps, *words.shape[:2])
        dense, packed = spikes.numpy(), words.contiguous().numpy()

        def fill(_share: int, first: int, last: int) -> None:
            rate_compiled.fill(packed, first, dense[first:last])

        run_in_threads(steps, fill)
    return spikes.view(steps, len(words), *shape)


def _random_digits(counter: Sequence[Tensor], key: int) -> Tensor:
    """Return Philox's words for counters of shape (blocks, …), block after block.

    Every operation serves two of the four words: on a GPU their number counts.

    Returns
    -------
    int64 Tensor of shape (4 * blocks, …), of which 32 bits are used
    """
    even, odd = torch.stack([*counter[::2]]), torch.stack([*counter[1::2]])
    device, shape = even.device, (2, *[1] * counter[0].ndim)
    multipliers = torch.tensor(MULTIPLIERS, device=device).view(shape)
    keys = torch.tensor(
        [
            [(key & LOW) + r * WEYL[0] & LOW, (key >> 32) + r * WEYL[1] & LOW]
            for r in range(ROUNDS)
        ],
        device=device,
    )
    for round_key in keys.view(ROUNDS, *shape):
        # The product wraps at 64 bits, as it must; only its sign is another.
        products = (multipliers * even).flip(0)
        even, odd = (products >> 32 & LOW) ^ odd ^ round_key, products & LOW
    return torch.stack([even, odd], 1).movedim(2, 0).flatten(0, 2)
