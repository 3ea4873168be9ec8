"""The mean squared error of spike counts."""

from typing import TYPE_CHECKING

from spikemeter.networks.losses.loss import Loss

if TYPE_CHECKING:
    from torch import Tensor

# Share of the steps in which the right class and the wrong ones should fire.
CORRECT_RATE = 0.8
INCORRECT_RATE = 0.2


def mse_count(counts: "Tensor", labels: "Tensor", steps: int) -> "Tensor":
    """Return the mean squared error of the spike counts, per step.

    The right class should fire in 80 % of the steps, every other one in 20 %
    (``snntorch.functional.mse_count_loss``). ``counts`` are output spikes summed over
    the steps.

    References
    ----------
    Shrestha and Orchard 2018, SLAYER, arXiv:1810.08646
    """
    import torch  # noqa: PLC0415
    from torch.nn import functional  # noqa: PLC0415

    # snnTorch rounds both targets down to whole spikes.
    right, wrong = int(steps * CORRECT_RATE), int(steps * INCORRECT_RATE)
    # Where results must repeat, CUDA sorts for a scatter, in 20 kernels; torch.where
    # would copy its two numbers to the device, which no CUDA graph may record.
    classes = torch.arange(counts.shape[1], device=counts.device)
    is_label = (labels[:, None] == classes).to(counts.dtype)
    targets = is_label * (right - wrong) + wrong
    return functional.mse_loss(counts, targets) / steps


# With fewer than 5 steps, 20 % of them is less than one spike.
MSE_COUNT = Loss(mse_count, needs_spikes=True, fewest_steps=5)
