"""Step functions with surrogate gradients."""

import math
from collections.abc import Callable

import torch
from snntorch import surrogate
from torch import Tensor

SpikeFunction = Callable[[Tensor], Tensor]
# Of the sigmoid surrogates; snnTorch's default.
SLOPE = 25


def _atan_paper(distance: Tensor, gradient: Tensor, _spikes: Tensor) -> Tensor:
    return gradient / (math.pi * (1 + (math.pi * distance) ** 2))


def _sigmoid(distance: Tensor, gradient: Tensor, _spikes: Tensor) -> Tensor:
    # snnTorch's own is infinity over infinity where U is less than -3.5.
    scaled = SLOPE * distance
    return gradient * SLOPE * torch.sigmoid(scaled) * torch.sigmoid(-scaled)


def spike_function(name: str) -> SpikeFunction:
    """Return the step function with the surrogate gradient of that name.

    ``atan``: 1 / (1 + (pi U)^2), snnTorch's arctan with alpha 2. ``atan_paper``: the
    same over pi, the derivative the study prints (equation 12). ``sigmoid`` and
    ``fast_sigmoid``: as snnTorch's, slope 25. U is measured from the threshold.
    """
    functions: dict[str, SpikeFunction] = {
        "atan": surrogate.atan(alpha=2),
        "atan_paper": surrogate.custom_surrogate(_atan_paper),
        "sigmoid": surrogate.custom_surrogate(_sigmoid),
        "fast_sigmoid": surrogate.fast_sigmoid(slope=SLOPE),
    }
    return functions[name]
