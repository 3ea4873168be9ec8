"""The losses by name."""

from spikemeter.networks.losses.loss import Loss
from spikemeter.registry import Registry

LOSSES: Registry[Loss] = Registry(
    "a loss",
    {
        "mse_count": "spikemeter.networks.losses.mse_count:MSE_COUNT",
        "cross_entropy": "spikemeter.networks.losses.cross_entropy:CROSS_ENTROPY",
    },
)
