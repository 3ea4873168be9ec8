"""Random streams that depend only on seed and purpose.

Every purpose and epoch has a stream of its own: a resumed training draws what an
uninterrupted one draws, and one use never shifts another.
"""

import hashlib

import torch


def derive_key(seed: int, *purpose: str | int) -> int:
    """Return 63 bits that are specific to a run's seed and a purpose.

    >>> derive_key(0, "train", 7) != derive_key(0, "train", 8)
    True
    """
    text = "/".join(str(part) for part in (seed, *purpose))
    digest = hashlib.sha256(text.encode()).digest()
    # Torch takes any 64 bits; 63 stay clear of its handling of negative seeds.
    return int.from_bytes(digest[:8], "big") >> 1


def make_generator(seed: int, *purpose: str | int) -> torch.Generator:
    """Return a fresh generator on the CPU for the purpose of :func:`derive_key`."""
    return torch.Generator().manual_seed(derive_key(seed, *purpose))
