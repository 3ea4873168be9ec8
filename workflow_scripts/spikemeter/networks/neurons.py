"""The leaky integrate-and-fire neuron: its settings and its surrogate gradients.

The dynamics (equations 5 and 6 of the study; snnTorch's ``Leaky``):

    U[t] = beta U[t-1] + I[t] - S[t-1] threshold,    S[t] = 1 if U[t] > threshold

The reset by subtraction acts one step late, is not decayed by beta, and carries no
gradient. With the reset to zero, U[t] = beta U[t-1] (1 - S[t-1]) + I[t].
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from snntorch import surrogate
from torch import Tensor

SpikeFunction = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Lif:
    """Settings of the neurons of one network.

    Attributes
    ----------
    beta : float
        Share of the membrane potential that is left after one step, 0 to 1.
    threshold : float
        Membrane potential above which the neuron fires.
    reset : {"subtract", "zero"}
        What a spike does to the membrane potential.
    surrogate : {"atan", "atan_paper", "sigmoid", "fast_sigmoid"}
        Gradient used in place of the step function's.
    """

    beta: float
    threshold: float
    reset: str
    surrogate: str


class _ScaledArctan(torch.autograd.Function):
    """Step function forward; 1 / (pi (1 + (pi U)^2)) backward."""

    @staticmethod
    def forward(ctx: Any, distance: Tensor) -> Tensor:
        ctx.save_for_backward(distance)
        return (distance > 0).to(distance.dtype)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (distance,) = ctx.saved_tensors
        return gradients[0] / (math.pi * (1 + (math.pi * distance) ** 2))


def spike_function(name: str) -> SpikeFunction:
    """Return the step function with the surrogate gradient of that name.

    Parameters
    ----------
    name : str
        ``atan``: 1 / (1 + (pi U)^2), snnTorch's arctan with alpha 2.
        ``atan_paper``: the same over pi, the derivative the study prints
        (equation 12). ``sigmoid`` and ``fast_sigmoid``: snnTorch's, slope 25.
        U is measured from the threshold.

    Raises
    ------
    KeyError
        For another name.
    """
    functions: dict[str, SpikeFunction] = {
        "atan": surrogate.atan(alpha=2),
        "atan_paper": _ScaledArctan.apply,
        "sigmoid": surrogate.sigmoid(slope=25),
        "fast_sigmoid": surrogate.fast_sigmoid(slope=25),
    }
    return functions[name]
