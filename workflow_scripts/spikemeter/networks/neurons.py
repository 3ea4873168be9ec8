"""The leaky integrate-and-fire neuron: its settings and its surrogate gradients.

The dynamics (equations 5 and 6 of the study; snnTorch's ``Leaky``):

    U[t] = beta U[t-1] + I[t] - S[t-1] threshold,    S[t] = 1 if U[t] > threshold

The reset by subtraction acts one step late, is not decayed by beta, and carries no
gradient. With the reset to zero, U[t] = beta U[t-1] (1 - S[t-1]) + I[t].
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from snntorch import surrogate
from torch import Tensor

SpikeFunction = Callable[[Tensor], Tensor]
# Of the sigmoid surrogates; snnTorch's default.
SLOPE = 25


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


def _atan_paper(distance: Tensor, gradient: Tensor, _spikes: Tensor) -> Tensor:
    return gradient / (math.pi * (1 + (math.pi * distance) ** 2))


def _sigmoid(distance: Tensor, gradient: Tensor, _spikes: Tensor) -> Tensor:
    # snnTorch's own is infinity over infinity where U is less than -3.5.
    scaled = SLOPE * distance
    return gradient * SLOPE * torch.sigmoid(scaled) * torch.sigmoid(-scaled)


def spike_function(name: str) -> SpikeFunction:
    """Return the step function with the surrogate gradient of that name.

    Parameters
    ----------
    name : str
        ``atan``: 1 / (1 + (pi U)^2), snnTorch's arctan with alpha 2.
        ``atan_paper``: the same over pi, the derivative the study prints
        (equation 12). ``sigmoid`` and ``fast_sigmoid``: as snnTorch's, slope 25.
        U is measured from the threshold.

    Raises
    ------
    KeyError
        For another name.
    """
    functions: dict[str, SpikeFunction] = {
        "atan": surrogate.atan(alpha=2),
        "atan_paper": surrogate.custom_surrogate(_atan_paper),
        "sigmoid": surrogate.custom_surrogate(_sigmoid),
        "fast_sigmoid": surrogate.fast_sigmoid(slope=SLOPE),
    }
    return functions[name]
