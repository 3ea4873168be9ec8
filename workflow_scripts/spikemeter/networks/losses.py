"""Losses, for logits and for spike counts."""

import torch
from torch import Tensor
from torch.nn import functional

# Share of the steps in which the right and the wrong classes are to fire.
CORRECT_RATE = 0.8
INCORRECT_RATE = 0.2


def mse_count(counts: Tensor, labels: Tensor, steps: int) -> Tensor:
    """Return the mean squared error of the spike counts, per step.

    The right class is to fire in 80 % of the steps, every other one in 20 %
    (``snntorch.functional.mse_count_loss``).

    Parameters
    ----------
    counts : Tensor of shape (batch, classes)
        Output spikes summed over the steps.
    labels : int64 Tensor of shape (batch,)
    steps : int

    References
    ----------
    Shrestha and Orchard 2018, SLAYER, arXiv:1810.08646
    """
    # snnTorch rounds both targets down to whole spikes.
    targets = torch.full_like(counts, float(int(steps * INCORRECT_RATE)))
    right = torch.full_like(counts[:, :1], float(int(steps * CORRECT_RATE)))
    targets = targets.scatter(1, labels[:, None], right)
    return functional.mse_loss(counts, targets) / steps


def cross_entropy(outputs: Tensor, labels: Tensor, _steps: int) -> Tensor:
    """Return the cross entropy of logits, or of spike counts taken as logits.

    Parameters
    ----------
    outputs : Tensor of shape (batch, classes)
    labels : int64 Tensor of shape (batch,)
    """
    return functional.cross_entropy(outputs, labels)


LOSSES = {"mse_count": mse_count, "cross_entropy": cross_entropy}
