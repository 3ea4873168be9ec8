"""What every loss says of itself.

Import-light, so that Snakemake can read it while planning.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Loss:
    """A loss of logits or of spike counts.

    Attributes
    ----------
    function : callable
        Takes outputs of shape (batch, classes), int64 labels of shape (batch,) and the
        number of steps; returns the mean over the batch.
    needs_spikes : bool
        Whether it only makes sense for spike counts.
    fewest_steps : int
        With fewer time steps its targets are less than one spike.

    Examples
    --------
    >>> from spikemeter.networks.losses.registry import LOSSES
    >>> LOSSES["mse_count"].needs_spikes
    True
    """

    function: "Callable[[Tensor, Tensor, int], Tensor]"
    needs_spikes: bool = False
    fewest_steps: int = 1

    def __call__(self, outputs: "Tensor", labels: "Tensor", steps: int) -> "Tensor":
        """Return the mean loss of a batch."""
        return self.function(outputs, labels, steps)
