"""Latency coding: each pixel fires once, brighter pixels earlier."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spikemeter.networks.encodings.encoded import FULL_SCALE, ImageBatch
from spikemeter.networks.encodings.encoding import Encoding

if TYPE_CHECKING:
    from torch import Tensor

# snnTorch's tutorial 1: the brightest pixel fires first, the darkest (under 1 %
# of full scale) not at all.
THRESHOLD = 0.01
WORD_STEPS = 32


@dataclass(frozen=True)
class LatencyCoded(ImageBatch):
    """One spike per pixel, earlier for brighter pixels, linear in time.

    Full scale fires in the first step; what is under 1 % of it never fires
    (``snntorch.spikegen.latency``, normalised, linear and clipped).
    """

    def fire_steps(self) -> "Tensor":
        """Return the step of each pixel's spike, int64, -1 for none."""
        intensities = self.images.float() / FULL_SCALE
        last = self.steps - 1
        # Computed as snnTorch does, for the same rounding.
        delays = (-last * (intensities - 1)).clamp_max(-last * (THRESHOLD - 1))
        return delays.round().long().masked_fill(intensities < THRESHOLD, -1)

    def spike_words(self) -> "Tensor":
        """Return words with one bit set for each pixel that fires."""
        import torch  # noqa: PLC0415

        step = self.fire_steps().flatten(1)
        words = step.new_zeros((*step.shape, -(-self.steps // WORD_STEPS)))
        bit = torch.where(step >= 0, 1 << step.clamp(min=0) % WORD_STEPS, 0)
        words.scatter_(2, step.clamp(min=0)[..., None] // WORD_STEPS, bit[..., None])
        return words.to(torch.int32)

    def dense(self) -> "Tensor":
        """Return the spikes."""
        import torch  # noqa: PLC0415

        fire_steps = self.fire_steps()[None]
        spikes = torch.zeros(self.steps, *self.images.shape, device=self.device)
        return spikes.scatter_(0, fire_steps.clamp(min=0), (fire_steps >= 0).float())


LATENCY = Encoding(
    "latency",
    {
        "images": lambda images, _samples, steps, _key: LatencyCoded(images, steps),
        "events": "recordings are spikes already",
    },
)
