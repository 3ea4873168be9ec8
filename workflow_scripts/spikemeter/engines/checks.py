"""Checks of what an engine is given, before it computes.

Kernels read memory without a look at its bounds, and a neuron fed with NaN never
fires: either would give a number that means nothing.
"""

import math

import torch
from torch import Tensor

from spikemeter.networks.encodings.encoded import CALLER, Encoded, check_tensor
from spikemeter.networks.layers import Synapses
from spikemeter.networks.losses.registry import LOSSES


def check_batch(
    synapses: Synapses, inputs: Encoded, goal: tuple[Tensor, str] | None = None
) -> None:
    """Refuse what cannot be computed; ``goal`` are labels and loss, to learn.

    On a GPU only what says where to read: labels are checked once, before the metering,
    and a pass ends with an error where a weight or the loss is not finite.

    Raises
    ------
    ValueError
        If the batch, its labels or the loss are not as documented, or do not fit the
        network.
    FloatingPointError
        If weights are not finite.
    """
    check_layout(synapses, inputs, goal)
    if inputs.device.type != "cpu":  # a GPU would have to be waited for
        inputs.check_bounds()
        return
    # A sum is finite only if all its terms are, and costs a thirtieth of isfinite.
    for name, parameter in synapses.named_parameters():
        total = parameter.detach().sum().item()
        if not math.isfinite(total):
            raise FloatingPointError(
                f"{name} adds up to {total} but must be finite; lower learning_rate in "
                "config.yaml"
            )
    inputs.check_values()
    if goal is not None:
        check_labels(synapses, goal[0])


def check_labels(synapses: Synapses, labels: Tensor) -> None:
    """Refuse labels that are no class of the network."""
    low, high = (value.item() for value in labels.aminmax())
    last = synapses.stages[-1].neurons - 1
    if low < 0 or high > last:
        raise ValueError(
            f"labels are {low} to {high} but must be 0 to {last}; end layers in "
            "config.yaml with the number of classes"
        )


def check_layout(
    synapses: Synapses, inputs: Encoded, goal: tuple[Tensor, str] | None = None
) -> None:
    """Do the part of :func:`check_batch` that reads no values, nor waits for a GPU."""
    if not isinstance(inputs, Encoded):
        raise ValueError(
            f"inputs are {type(inputs).__name__} but must derive from Encoded of "
            f"spikemeter.networks.encodings.encoded; {CALLER}"
        )
    inputs.check_layout()
    if inputs.steps < 1:
        raise ValueError(
            f"steps is {inputs.steps} but must be at least 1; set networks.*.steps in "
            "config.yaml"
        )
    if inputs.batch < 1:
        raise ValueError(f"the batch has no sample but must have one; {CALLER}")
    expected = synapses.stages[0].in_shape
    if inputs.sample_shape != expected:
        raise ValueError(
            f"a sample has the shape {inputs.sample_shape} but must have that of the "
            f"network's input, {expected}; set networks.*.input and layers in "
            "config.yaml"
        )
    for name, parameter in synapses.named_parameters():
        if parameter.dtype != torch.float32 or parameter.device != inputs.device:
            raise ValueError(
                f"{name} is {parameter.dtype} on {parameter.device} but must be "
                f"torch.float32 on {inputs.device} as the batch; use Synapses.to"
            )
    if goal is not None:
        labels, loss = goal
        check_tensor("labels", labels, "int64", "batch", inputs.batch)
        if loss not in LOSSES:
            raise ValueError(
                f"loss is {loss!r} but must be one of {', '.join(LOSSES)}; set loss in "
                "config.yaml"
            )
