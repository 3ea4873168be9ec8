"""Events of a camera as words: a step and a pixel in one unsigned integer.

The only module that knows how a word is laid out. From the lowest bit: column, row,
channel (the polarity of a camera), step; each field has as many bits as the sensor's
shape needs. A word has 32 bits where step and pixel fit, else 64.
"""

import math
import operator
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

STEP_BITS = 19  # the most; with 34 x 34 pixels and two polarities a word is full
WORD_BITS = 32
FIELDS = ("step", "channel", "row", "column")
_LONG_WORD_BITS = 64


@dataclass(frozen=True)
class PackedFormat:
    """How events of one sensor are packed.

    Parameters
    ----------
    shape : tuple of int
        (channels, rows, columns) of the sensor.
    steps : int
        Number of time steps.

    Raises
    ------
    ValueError
        If a size is below 1, or a word would have more than 63 bits.

    Examples
    --------
    >>> packing = PackedFormat((2, 34, 34), steps=300)
    >>> packing.dtype
    dtype('uint32')
    >>> word = packing.pack(step=7, channel=1, row=33, column=20)
    >>> int(word) == 7 << 13 | 1 << 12 | 33 << 6 | 20
    True
    """

    shape: tuple[int, int, int]
    steps: int

    def __post_init__(self) -> None:
        """Check the sizes."""
        if not 1 <= self.steps <= 1 << STEP_BITS:
            raise ValueError(
                f"steps is {self.steps} but must be 1 to {1 << STEP_BITS}; set "
                "inputs.*.steps in config.yaml"
            )
        if min(self.shape) < 1 or sum(self.pixel_bits) + STEP_BITS >= _LONG_WORD_BITS:
            raise ValueError(
                f"the sensor has the shape {self.shape} but each size must be at least "
                "1 and all must fit in 44 bits; correct the data set's sample_shape"
            )

    @cached_property
    def pixel_bits(self) -> tuple[int, ...]:
        """How many bits channel, row and column take."""
        return tuple((size - 1).bit_length() for size in self.shape)

    @cached_property
    def dtype(self) -> np.dtype[Any]:
        """The type of a word: uint32 where step and pixel fit, else uint64."""
        bits = sum(self.pixel_bits) + (self.steps - 1).bit_length()
        return np.dtype(np.uint32 if bits <= WORD_BITS else np.uint64)

    def pack(self, step: Any, channel: Any, row: Any, column: Any) -> np.ndarray:
        """Return words.

        Parameters
        ----------
        step, channel, row, column : integer array

        Raises
        ------
        ValueError
            If an event lies outside the sensor or the steps.
        """
        fields = (step, channel, row, column)
        self.check_fields(*fields)
        words, *pixel = (np.asarray(field).astype(self.dtype) for field in fields)
        for bits, field in zip(self.pixel_bits, pixel, strict=True):
            words <<= bits
            words |= field
        return words

    def check_fields(self, *fields: Any) -> None:
        """Check that step, channel, row and column lie within the steps and the sensor.

        Raises
        ------
        ValueError
            Naming what was found and what is allowed.
        """
        fields = tuple(map(np.asarray, fields))
        least = [int(field.min(initial=0)) for field in fields]
        most = [int(field.max(initial=0)) for field in fields]
        limits = (self.steps, *self.shape)
        if min(least) < 0 or any(map(operator.ge, most, limits)):
            ranges = map("{} {} to {}".format, FIELDS, least, most)
            raise ValueError(
                f"events lie at {', '.join(ranges)} but must lie at 0 or above and "
                f"below {', '.join(map(str, limits))}; correct what reads them, or "
                "the shape of the sensor"
            )

    def unpack(self, words: Any) -> tuple[Any, ...]:
        """Return step, channel, row and column of words, in numpy or PyTorch.

        Words are unsigned or int64.
        """
        pixel = []
        for bits in reversed(self.pixel_bits):
            pixel.append(words & (1 << bits) - 1)
            words = words >> bits
        return (words, *reversed(pixel))

    def find_pixel(self, words: Any) -> Any:
        """Return the place of each word's pixel in the flat frame of one step."""
        _, channel, row, column = self.unpack(words)
        _, rows, columns = self.shape
        return (channel * rows + row) * columns + column

    def densify(
        self,
        events: "Tensor",
        offsets: "Tensor",
        index: "Tensor",
        summed: bool = False,
    ) -> "Tensor":
        """Return the frames of some recordings: event counts per step and pixel.

        Parameters
        ----------
        events : int32 or int64 Tensor of shape (total,)
            Words, as :func:`to_signed` gives them.
        offsets : int64 Tensor of shape (n + 1,)
            Recording i is ``events[offsets[i]:offsets[i + 1]]``.
        index : int64 Tensor of shape (batch,)
            The recordings wanted.
        summed : bool
            Whether to sum the frames over time: the input of plain networks.

        Returns
        -------
        float32 Tensor of shape (steps, batch, channels, rows, columns)
            Axes: time step, unless they are summed; recording, polarity, row, column.
            Counts are exact, and thus the same in every run.
        """
        import torch  # noqa: PLC0415

        starts = offsets[index]
        lengths = offsets[index + 1] - starts
        total = int(lengths.sum())
        frame = torch.repeat_interleave(lengths, output_size=total)
        shift = starts - lengths.cumsum(0) + lengths
        words = events[torch.arange(total, device=events.device) + shift[frame]].long()
        if events.dtype == torch.int32:  # the highest step has the sign bit
            words &= (1 << WORD_BITS) - 1
        frames: tuple[int, ...] = (len(index),)
        if not summed:
            frames = (self.steps, *frames)
            frame = self.unpack(words)[0] * len(index) + frame
        counts = torch.zeros((*frames, *self.shape), device=words.device)
        ones = torch.ones((), device=words.device).expand(total)
        place = frame * math.prod(self.shape) + self.find_pixel(words)
        flat = counts.view(-1)
        with _any_order():
            flat.index_add_(0, place, ones)
        return counts

    def check(self, words: "Tensor") -> None:
        """Check that signed words, at least one, lie within the sensor and the steps.

        Raises
        ------
        ValueError
            Naming the largest step, channel, row and column where one is too large.
        """
        step, *pixel = self.unpack(words)
        # The highest step has the sign bit of int32.
        step = step & (1 << 8 * words.element_size() - sum(self.pixel_bits)) - 1
        most = [int(field.max()) for field in (step, *pixel)]
        limits = (self.steps, *self.shape)
        if any(map(operator.ge, most, limits)):
            reached = ", ".join(map("{} {}".format, FIELDS, most))
            raise ValueError(
                f"events reach {reached} but must stay below "
                f"{', '.join(map(str, limits))}; make the input under results/data "
                "again, with as many steps"
            )


def read_format(arrays: Mapping[str, np.ndarray], steps: int) -> PackedFormat:
    """Return the format of a prepared input, which carries its sensor's shape."""
    channels, rows, columns = map(int, arrays["sensor_shape"])
    return PackedFormat((channels, rows, columns), steps)


def to_signed(words: np.ndarray) -> np.ndarray:
    """Return words as PyTorch takes them: signed integers with the same bits."""
    return words.view(f"i{words.itemsize}")


@contextmanager
def _any_order() -> Iterator[None]:
    """Let sums that any order gives exactly, as counts, be added in any order.

    Where results must repeat, CUDA would sort half a million events of a batch first.
    """
    import torch  # noqa: PLC0415

    if not torch.are_deterministic_algorithms_enabled():
        yield
        return
    warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    torch.use_deterministic_algorithms(False)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(True, warn_only=warn_only)
