"""The layer notation of the literature on spiking networks, read into stages.

``12C5-P2-32C5-P2-10`` lists what follows the input: ``12C5`` is a 5x5 convolution
to 12 channels with stride 1, ``P2`` a 2x2 max pooling with stride 2, and a plain
number a fully connected layer; the last one is the output. A *stage* is one set of
synapses, the pooling behind it, and the neurons it drives. Spiking network and
conventional twin are built from the same stages.

This module imports nothing heavy: Snakemake reads it while it plans.
"""

import math
import re
from dataclasses import dataclass, replace
from typing import Literal

from spikemeter.messages import format_value

Padding = Literal["valid", "same"]
Shape = tuple[int, ...]

# Six digits are enough for every number, and too few for an endless one.
TOKEN = re.compile(
    r"(?P<channels>[1-9]\d{,5})C(?P<kernel>[1-9]\d{,5})"
    r"|P(?P<pool>[1-9]\d{,5})"
    r"|(?P<features>[1-9]\d{,5})",
    re.ASCII,
)


@dataclass(frozen=True)
class Stage:
    """One set of synapses with the neurons behind it.

    Attributes
    ----------
    kind : {"conv", "linear"}
        Convolution, or fully connected.
    in_shape : tuple of int
        What enters: (channels, height, width), or (features,).
    out_shape : tuple of int
        The neurons' shape, behind the pooling.
    kernel : int
        Side of the convolution kernel; 0 for a fully connected stage.
    padding : int
        Zeros at each border; 0 for a fully connected stage.
    pool : int
        Side and stride of the max pooling; 1 is none.
    """

    kind: Literal["conv", "linear"]
    in_shape: Shape
    out_shape: Shape
    kernel: int = 0
    padding: int = 0
    pool: int = 1

    @property
    def neurons(self) -> int:
        """Number of neurons."""
        return math.prod(self.out_shape)

    @property
    def map_shape(self) -> Shape:
        """What the synapses drive: the neurons' shape, but before the pooling."""
        if self.kind == "linear":
            return self.out_shape
        lost = self.kernel - 1 - 2 * self.padding
        return self.out_shape[0], *(side - lost for side in self.in_shape[1:])

    @property
    def connections(self) -> int:
        """Number of synapses: every use of a shared weight, no bias, no padding.

        Those to outputs that the pooling leaves over at a border count too.
        """
        if self.kind == "linear":
            return math.prod(self.in_shape) * self.neurons
        # Tap j of the kernel reads input o + j - padding for output o.
        shifts = range(-self.padding, self.kernel - self.padding)
        count = self.in_shape[0] * self.out_shape[0]
        for side, outputs in zip(self.in_shape[1:], self.map_shape[1:], strict=True):
            ends = ((max(0, -shift), min(outputs, side - shift)) for shift in shifts)
            count *= sum(max(last - first, 0) for first, last in ends)
        return count

    @property
    def parameters(self) -> int:
        """Number of weights and biases."""
        fan_in = self.in_shape[0] * self.kernel**2 or math.prod(self.in_shape)
        return self.out_shape[0] * (fan_in + 1)


def parse_layers(layers: str, input_shape: Shape, padding: Padding) -> list[Stage]:
    """Return the stages that a layer string describes.

    Parameters
    ----------
    layers : str
        For example ``"12C5-P2-32C5-P2-10"``.
    input_shape : tuple of int
        (channels, height, width) of one image or frame.
    padding : {"valid", "same"}
        Whether convolutions shrink the image or pad it with zeros.

    Returns
    -------
    list of Stage
        In the order of computation; the last is the output.

    Raises
    ------
    ValueError
        If a token is not in the notation, does not fit what precedes it, or the
        last layer is not fully connected. The message starts with what was found and
        its position in the string.
    """
    stages: list[Stage] = []
    shape, previous = input_shape, ""
    for position, token in enumerate(layers.split("-"), start=1):
        place = f"{format_value(token)} (layer {position})"
        match = TOKEN.fullmatch(token)
        if match is None:
            raise ValueError(
                f"{place} is not a layer; allowed are <channels>C<kernel> (12C5), "
                "P<size> (P2) and a number of neurons (256), joined by '-', each "
                "number from 1 to 999999"
            )
        if match["features"]:
            stages.append(Stage("linear", shape, (int(match["features"]),)))
        elif match["channels"]:
            channels, kernel = int(match["channels"]), int(match["kernel"])
            stages.append(_convolution(place, channels, kernel, shape, padding))
        elif "C" in previous:
            stages[-1] = _pool(place, int(match["pool"]), stages[-1])
        else:
            raise ValueError(f"{place} is a pooling, which must follow a convolution")
        shape, previous = stages[-1].out_shape, token
    if stages[-1].kind != "linear":
        raise ValueError(
            f"{place} is the last layer, but the output must be fully connected: end "
            "with the number of classes (…-10)"
        )
    return stages


def _convolution(
    place: str, channels: int, kernel: int, shape: Shape, padding: Padding
) -> Stage:
    if len(shape) != 3:  # noqa: PLR2004 - channels, height, width
        raise ValueError(
            f"{place} is a convolution behind a fully connected layer; "
            "convolutions come first"
        )
    if padding == "same" and kernel % 2 == 0:
        raise ValueError(f"{place} has an even kernel; padding 'same' needs odd ones")
    border = kernel // 2 if padding == "same" else 0
    height, width = (side + 2 * border - kernel + 1 for side in shape[1:])
    if min(height, width) < 1:
        raise ValueError(
            f"{place} has a kernel larger than what enters it, "
            f"{shape[1]}x{shape[2]} pixels"
        )
    return Stage("conv", shape, (channels, height, width), kernel, border)


def _pool(place: str, pool: int, stage: Stage) -> Stage:
    channels, height, width = stage.out_shape
    if min(height, width) < pool:
        raise ValueError(
            f"{place} pools more than what enters it, {height}x{width} pixels"
        )
    out_shape = channels, height // pool, width // pool
    return replace(stage, out_shape=out_shape, pool=pool)
