"""Encodings: how pixels and event frames become what a spiking network sees.

Every function returns a tensor with axes (steps, batch, channels, height, width).
"""

import torch
from snntorch import spikegen
from torch import Tensor

# snnTorch's tutorial 1: the brightest pixel fires first, the darkest (under 1 %
# of full scale) not at all.
LATENCY_THRESHOLD = 0.01
# A change of one event, or of a tenth of full scale, is signalled.
DELTA_THRESHOLD = 0.1


def encode_images(
    images: Tensor, steps: int, encoding: str, generator: torch.Generator
) -> Tensor:
    """Encode static images over time.

    Parameters
    ----------
    images : Tensor of shape (batch, channels, height, width)
        Intensities from 0 to 1.
    steps : int
        Number of time steps.
    encoding : {"rate", "latency", "direct"}
        ``rate``: a spike with the pixel's intensity as its probability, drawn anew
        in every step (as ``snntorch.spikegen.rate``, but from ``generator``).
        ``latency``: one spike a pixel, the brighter the earlier, linear in time.
        ``direct``: the intensity itself as a constant input.
    generator : torch.Generator
        For ``rate``, on the images' device.

    Returns
    -------
    float32 Tensor of shape (steps, batch, channels, height, width)

    Raises
    ------
    ValueError
        For another encoding.
    """
    if encoding == "rate":
        probabilities = images.expand(steps, *images.shape)
        return torch.bernoulli(probabilities, generator=generator)
    if encoding == "latency":
        return spikegen.latency(
            images,
            num_steps=steps,
            threshold=LATENCY_THRESHOLD,
            normalize=True,
            linear=True,
            clip=True,
        )
    if encoding == "direct":
        return images.expand(steps, *images.shape)
    raise ValueError(
        f"encoding is {encoding!r} but must be rate, latency or direct for images"
    )


def encode_frames(frames: Tensor, encoding: str) -> Tensor:
    """Encode a sequence of event frames.

    Parameters
    ----------
    frames : Tensor of shape (steps, batch, 2, height, width)
        Events per pixel, polarity and step.
    encoding : {"direct", "delta"}
        ``direct``: the counts as they are. ``delta``: +1 where a count rises from
        one step to the next, -1 where it falls (``snntorch.spikegen.delta``).

    Returns
    -------
    float32 Tensor of shape (steps, batch, 2, height, width)

    Raises
    ------
    ValueError
        For another encoding.
    """
    if encoding == "direct":
        return frames
    if encoding == "delta":
        return spikegen.delta(frames, threshold=DELTA_THRESHOLD, off_spike=True)
    raise ValueError(f"encoding is {encoding!r} but must be direct or delta for events")
