"""Encoded batches: what a spiking network sees over time, in the form it is kept in.

A batch is made dense only for an engine that needs it so. Axes of dense batches:
(steps, batch, channels, height, width).
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    import torch
    from torch import Tensor

CALLER = "make batches with spikemeter.training.samples"
IMAGE_AXES = "batch, channels, height, width"


class Form(Enum):
    """The form that suits a batch best, and the method that gives it."""

    WORDS = "spike_words"
    EVENTS = "events"
    CONSTANT = "frame"
    DENSE = "dense"


class Encoded(ABC):
    """A batch over time; ``form`` says which method gives it best.

    Attributes
    ----------
    steps : int
        Number of time steps.
    """

    form: ClassVar[Form] = Form.DENSE

    if TYPE_CHECKING:  # a field of some batches, a property of others

        @property
        def steps(self) -> int: ...  # noqa: D102

    @property
    @abstractmethod
    def content(self) -> "Tensor":
        """What the batch holds, of shape (batch, channels, height, width) if images."""

    @property
    def batch(self) -> int:
        """Number of samples."""
        return len(self.content)

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """(channels, height, width) of a sample in one step."""
        return tuple(self.content.shape[-3:])

    @property
    def device(self) -> "torch.device":
        """Where the batch is."""
        return self.content.device

    @property
    def is_constant(self) -> bool:
        """Whether every step is the same, so that ``frame`` gives all of it."""
        return self.form is Form.CONSTANT

    @abstractmethod
    def dense(self) -> "Tensor":
        """Return float32 values of shape (steps, batch, channels, height, width)."""

    def spike_words(self) -> "Tensor":
        """Return the spikes, 32 steps in a word, of a batch in the form ``WORDS``.

        Returns
        -------
        int32 Tensor of shape (batch, pixels, ceil(steps / 32))
            Bit t of word w is step ``32 * w + t``.
        """
        raise NotImplementedError

    def frame(self) -> "Tensor":
        """Return what enters in every step, of a batch in the form ``CONSTANT``.

        Returns
        -------
        float32 Tensor of shape (batch, channels, height, width)
        """
        raise NotImplementedError

    def first_frames(self) -> "Tensor":
        """Return the batch dense, but one step of it where all are equal."""
        return self.frame()[None] if self.is_constant else self.dense()

    @abstractmethod
    def check_layout(self) -> None:
        """Check types and shapes; reads no values, and so waits for no GPU.

        Raises
        ------
        ValueError
            Naming what was found and what must be.
        """

    def check_bounds(self) -> None:
        """Check the values that say where to read; needs the right layout.

        Raises
        ------
        ValueError
            If a read would be out of range.
        """
        return

    def check_values(self) -> None:
        """Check all values; needs the right layout.

        Raises
        ------
        ValueError
            If a value is not as documented.
        """
        self.check_bounds()


@dataclass(frozen=True)
class Frames(Encoded):
    """Values given for every step.

    Attributes
    ----------
    frames : float32 Tensor of shape (steps, batch, channels, height, width)
    """

    frames: "Tensor"

    @property
    def steps(self) -> int:
        """Number of time steps."""
        return len(self.frames)

    @property
    def content(self) -> "Tensor":
        """The values."""
        return self.frames

    @property
    def batch(self) -> int:
        """Number of samples."""
        return self.frames.shape[1]

    def dense(self) -> "Tensor":
        """Return the values."""
        return self.frames

    def check_layout(self) -> None:
        """Check the type and the number of axes."""
        check_tensor("frames", self.frames, "float32", f"steps, {IMAGE_AXES}")

    def check_values(self) -> None:
        """Check that all values are finite."""
        # A sum is finite only if all its terms are, and costs a thirtieth of isfinite.
        total = self.frames.sum().item()
        if not math.isfinite(total):
            raise ValueError(
                f"frames add up to {total} but must be finite; look for NaN where they "
                "are made"
            )


def check_tensor(name: str, values: "Tensor", dtype: str, axes: str) -> None:
    """Check a tensor's type and number of axes.

    Raises
    ------
    ValueError
        Naming what was found and what must be.
    """
    if str(values.dtype) != f"torch.{dtype}" or values.ndim != len(axes.split(",")):
        raise ValueError(
            f"{name} are {values.dtype} of shape {tuple(values.shape)} but must be "
            f"torch.{dtype} of shape ({axes}); {CALLER}"
        )


def check_length(name: str, values: "Tensor", batch: int) -> None:
    """Check that there is one value per sample.

    Raises
    ------
    ValueError
        Naming both numbers.
    """
    if len(values) != batch:
        raise ValueError(
            f"there are {len(values)} {name} but must be {batch}, one per sample; "
            f"{CALLER}"
        )
