"""The cross entropy."""

from typing import TYPE_CHECKING

from spikemeter.networks.losses.loss import Loss

if TYPE_CHECKING:
    from torch import Tensor


def cross_entropy(outputs: "Tensor", labels: "Tensor", _steps: int) -> "Tensor":
    """Return the cross entropy of logits, or of spike counts taken as logits."""
    from torch.nn import functional  # noqa: PLC0415

    return functional.cross_entropy(outputs, labels)


CROSS_ENTROPY = Loss(cross_entropy)
