"""Batches of static images, which an encoding spreads over time."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spikemeter.networks.encodings.encoded import IMAGE_AXES, Encoded, check_tensor

if TYPE_CHECKING:
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
    def content(self) -> "Tensor":
        """The images."""
        return self.images

    def check_layout(self) -> None:
        """Check the type and the number of axes."""
        check_tensor("images", self.images, "uint8", IMAGE_AXES)
