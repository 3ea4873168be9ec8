"""Random streams that depend only on seed and purpose.

Every purpose and epoch has a stream of its own: a resumed training draws what an
uninterrupted one draws, and one use never shifts another.
"""

import hashlib

import torch


def derive_key(seed: int, *purpose: str | int) -> int:
    """Return 63 bits that are specific to one purpose.

    Parameters
    ----------
    seed : int
        The run's seed.
    *purpose : str or int
        The purpose, e.g. ``"train", epoch``.
    """
    text = "/".join(str(part) for part in (seed, *purpose))
    digest = hashlib.sha256(text.encode()).digest()
    # Torch takes any 64 bits; 63 stay clear of its handling of negative seeds.
    return int.from_bytes(digest[:8], "big") >> 1


def make_generator(seed: int, *purpose: str | int) -> torch.Generator:
    """Return a fresh generator for one purpose, on the CPU.

    Parameters
    ----------
    seed, *purpose
        As for :func:`derive_key`, e.g. ``"order", epoch``.
    """
    return torch.Generator().manual_seed(derive_key(seed, *purpose))
