"""Random generators that depend on seed and purpose alone.

Every purpose and epoch has a stream of its own, so that a resumed training draws
what an uninterrupted one draws, and one use never shifts another.
"""

import hashlib

import torch


def generator(
    seed: int, *purpose: str | int, device: torch.device | str = "cpu"
) -> torch.Generator:
    """Return a fresh generator for one purpose.

    Parameters
    ----------
    seed : int
        The run's seed.
    *purpose : str or int
        What it is for, e.g. ``"order", epoch``.
    device : torch.device
        Where its numbers are drawn.
    """
    text = "/".join(str(part) for part in (seed, *purpose))
    digest = hashlib.sha256(text.encode()).digest()
    stream = torch.Generator(device)
    # Torch takes any 64 bits; 63 stay clear of its handling of negative seeds.
    stream.manual_seed(int.from_bytes(digest[:8], "big") >> 1)
    return stream
