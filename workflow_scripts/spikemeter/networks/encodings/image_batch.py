"""Batches of static images, which an encoding spreads over time."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spikemeter.networks.encodings.encoded import IMAGE_AXES, Encoded, check_tensor

if TYPE_CHECKING:
    import torch
    from torch import Tensor

FULL_SCALE = 255


@dataclass(frozen=True)
class ImageBatch(Encoded):
    """Static images.

    Attributes
    ----------
    images : uint8 Tensor of shape (batch, channels, height, width)
        Intensities, 255 is full scale.
    steps : int
        Number of time steps.
    """

    images: "Tensor"
    steps: int

    @property
    def batch(self) -> int:
        """Number of samples."""
        return len(self.images)

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """(channels, height, width)."""
        return tuple(self.images.shape[1:])

    @property
    def device(self) -> "torch.device":
        """Where the images are."""
        return self.images.device

    def check_layout(self) -> None:
        """Check the type and the number of axes."""
        check_tensor("images", self.images, "uint8", IMAGE_AXES)
