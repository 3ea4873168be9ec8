"""What every engine is given, checked before it computes.

Kernels read memory without a look at its bounds, and a neuron fed with NaN never
fires: either would give a number that means nothing.
"""

import math

import torch
from torch import Tensor

from spikemeter.datasets.event_files import SENSOR_SIZE
from spikemeter.datasets.frames import POLARITIES
from spikemeter.networks.encoding import (
    Constant,
    Encoded,
    EventChanges,
    EventFrames,
    Frames,
    LatencyCoded,
    RateCoded,
)
from spikemeter.networks.layers import Synapses
from spikemeter.networks.losses import LOSSES

KEY_BITS = 64
_AGAIN = "make the input under results/data again"
_CALLER = "make batches with spikemeter.training.samples"


def check(
    synapses: Synapses, inputs: Encoded, goal: tuple[Tensor, str] | None = None
) -> None:
    """Refuse what cannot be computed.

    Parameters
    ----------
    synapses : Synapses
    inputs : Encoded
    goal : (Tensor, str), optional
        Labels and the name of the loss, to learn.

    Raises
    ------
    ValueError
        If the batch, its labels or the loss are not as documented, or do not fit the
        network.
    FloatingPointError
        If weights are not finite.
    """
    check_layout(synapses, inputs, goal)
    check_values(synapses, inputs, goal)


def check_layout(
    synapses: Synapses, inputs: Encoded, goal: tuple[Tensor, str] | None = None
) -> None:
    """Do the part of :func:`check` that reads no values, and so waits for no GPU."""
    values, shape = _layout(inputs)
    if inputs.steps < 1:
        raise ValueError(
            f"steps is {inputs.steps} but must be at least 1; set networks.*.steps in "
            "config.yaml"
        )
    if inputs.batch < 1:
        raise ValueError(f"the batch has no sample but must have one; {_CALLER}")
    expected = synapses.stages[0].in_shape
    if shape != expected:
        raise ValueError(
            f"a sample has the shape {shape} but must have that of the network's "
            f"input, {expected}; set networks.*.input and layers in config.yaml"
        )
    _check_parameters(synapses, values.device)
    if goal is not None:
        _check_goal(*goal, inputs.batch)


def check_values(
    synapses: Synapses, inputs: Encoded, goal: tuple[Tensor, str] | None = None
) -> None:
    """Do the part of :func:`check` that reads values, of the right layout."""
    # A sum is finite only if all its terms are, and costs a thirtieth of isfinite.
    for name, parameter in synapses.named_parameters():
        total = parameter.detach().sum().item()
        if not math.isfinite(total):
            raise FloatingPointError(
                f"{name} adds up to {total} but must be finite; lower learning_rate in "
                "config.yaml"
            )
    if isinstance(inputs, Frames):
        total = inputs.frames.sum().item()
        if not math.isfinite(total):
            raise ValueError(
                f"frames add up to {total} but must be finite; look for NaN where they "
                "are made"
            )
    check_recordings(inputs)
    if goal is not None:
        low, high = (value.item() for value in goal[0].aminmax())
        last = synapses.stages[-1].neurons - 1
        if low < 0 or high > last:
            raise ValueError(
                f"labels are {low} to {high} but must be 0 to {last}; end layers in "
                "config.yaml with the number of classes"
            )


def check_recordings(inputs: Encoded) -> None:
    """Do the part of :func:`check_values` that reads the recordings of a batch."""
    if not isinstance(inputs, EventFrames | EventChanges):
        return
    last = len(inputs.offsets) - 2
    low, high = (value.item() for value in inputs.index.aminmax())
    if low < 0 or high > last:
        raise ValueError(
            f"recordings {low} to {high} are asked for but must be 0 to {last}; "
            f"{_CALLER}"
        )
    starts = inputs.offsets[inputs.index].tolist()
    ends = inputs.offsets[inputs.index + 1].tolist()
    held = len(inputs.events)
    for start, end in zip(starts, ends, strict=True):
        if not 0 <= start <= end <= held:
            raise ValueError(
                f"a recording is events {start} to {end} but must lie within the "
                f"{held} there are; {_AGAIN}"
            )
    pieces = [inputs.events[a:b] for a, b in zip(starts, ends, strict=True) if a < b]
    if pieces:
        _check_words(torch.cat(pieces), inputs.steps)


def _layout(inputs: Encoded) -> tuple[Tensor, tuple[int, ...]]:
    """Check what a batch is made of; return its values and the shape of a sample."""
    if isinstance(inputs, Frames):
        axes = "steps, batch, channels, height, width"
        _expect("frames", inputs.frames, torch.float32, axes)
        return inputs.frames, tuple(inputs.frames.shape[2:])
    if isinstance(inputs, RateCoded | LatencyCoded | Constant):
        axes = "batch, channels, height, width"
        _expect("images", inputs.images, torch.uint8, axes)
        if isinstance(inputs, RateCoded):
            _check_draw(inputs)
        return inputs.images, tuple(inputs.images.shape[1:])
    if isinstance(inputs, EventFrames | EventChanges):
        _expect("events", inputs.events, torch.int32, "events")
        _expect("offsets", inputs.offsets, torch.int64, "recordings + 1")
        _expect("index", inputs.index, torch.int64, "batch")
        return inputs.events, (POLARITIES, SENSOR_SIZE, SENSOR_SIZE)
    raise ValueError(
        f"inputs are {type(inputs).__name__} but must be of a class of "
        "spikemeter.networks.encoding; add theirs to spikemeter.engines.checks"
    )


def _check_parameters(synapses: Synapses, device: torch.device) -> None:
    for name, parameter in synapses.named_parameters():
        if parameter.dtype != torch.float32 or parameter.device != device:
            raise ValueError(
                f"{name} is {parameter.dtype} on {parameter.device} but must be "
                f"torch.float32 on {device} as the batch; use Synapses.to"
            )


def _check_goal(labels: Tensor, loss: str, batch: int) -> None:
    _expect("labels", labels, torch.int64, "batch")
    _expect_length("labels", labels, batch)
    if loss not in LOSSES:
        raise ValueError(
            f"loss is {loss!r} but must be one of {', '.join(LOSSES)}; set loss in "
            "config.yaml"
        )


def _expect(name: str, values: Tensor, dtype: torch.dtype, axes: str) -> None:
    count = len(axes.split(","))
    if values.dtype != dtype or values.ndim != count:
        raise ValueError(
            f"{name} are {values.dtype} of shape {tuple(values.shape)} but must be "
            f"{dtype} of shape ({axes}); {_CALLER}"
        )


def _expect_length(name: str, values: Tensor, batch: int) -> None:
    if len(values) != batch:
        raise ValueError(
            f"there are {len(values)} {name} but must be {batch}, one a sample; "
            f"{_CALLER}"
        )


def _check_draw(inputs: RateCoded) -> None:
    _expect("sample numbers", inputs.samples, torch.int64, "batch")
    _expect_length("sample numbers", inputs.samples, inputs.batch)
    if not 0 <= inputs.key < 1 << KEY_BITS:
        raise ValueError(
            f"key is {inputs.key} but must have at most {KEY_BITS} bits; make it with "
            "spikemeter.training.randomness.key"
        )


def _check_words(words: Tensor, steps: int) -> None:
    """Check events, at least one, packed as in :mod:`spikemeter.datasets.events`."""
    step, row, column = (
        field.max().item()
        for field in (words >> 13 & 0x7FFFF, words >> 6 & 63, words & 63)
    )
    if step >= steps or max(row, column) >= SENSOR_SIZE:
        raise ValueError(
            f"events reach step {step}, row {row} and column {column} but must stay "
            f"below {steps}, {SENSOR_SIZE} and {SENSOR_SIZE}; {_AGAIN}, with as many "
            "steps"
        )
