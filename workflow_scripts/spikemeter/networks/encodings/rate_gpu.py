"""The words of ``rate_words.py`` on a GPU, where nothing needs Numba."""

from collections.abc import Sequence

import torch
from torch import Tensor

from spikemeter.triton_support import explain_missing_triton

WORD_STEPS = 32
BRIGHTEST = 255
LOW = 0xFFFFFFFF
MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
WEYL = (0x9E3779B9, 0xBB67AE85)
ROUNDS = 10


def words_on_gpu(pixels: Tensor, samples: Tensor, key: int, steps: int) -> Tensor:
    """Draw the words by one kernel or, where Triton cannot run, by PyTorch.

    Both draw the same words; PyTorch takes about 400 launches.

    Parameters
    ----------
    pixels : uint8 Tensor of shape (batch, pixels)
    samples, key, steps
        As in :func:`spikemeter.networks.encodings.rate_words.rate_words`.
    """
    if explain_missing_triton():
        return words_by_torch(pixels, samples, key, steps)
    from spikemeter.networks.encodings.rate_triton import draw_words  # noqa: PLC0415

    return draw_words(pixels, samples, key, steps)


def words_by_torch(pixels: Tensor, samples: Tensor, key: int, steps: int) -> Tensor:
    """Draw the same words as :func:`words_on_gpu` by PyTorch, on any device."""
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
    # Two blocks of four digits at once: all that a byte has.
    blocks = torch.arange(2, device=device).view(-1, 1, 1, 1)
    while undecided.any():
        random = _random_digits(
            torch.broadcast_tensors(pixel, word, sample, blocks), key
        )
        for differs, one in zip(random ^ ones, ones, strict=True):
            spikes |= undecided & differs & one
            undecided &= ~differs
        blocks += 2
    return spikes.to(torch.int32)


def unpack_by_torch(words: Tensor, steps: int) -> Tensor:
    """Return words as float32 (steps, batch, pixels), on any device."""
    step = torch.arange(steps, dtype=torch.int32, device=words.device)
    chosen = words.movedim(2, 0)[step.long() // WORD_STEPS]
    return (chosen >> (step % WORD_STEPS)[:, None, None] & 1).float()


def _random_digits(counter: Sequence[Tensor], key: int) -> Tensor:
    """Return Philox's words, int64, for counters of shape (blocks, …): (4 * blocks, …).

    Every operation serves two of the four words: on a GPU their number counts.
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
