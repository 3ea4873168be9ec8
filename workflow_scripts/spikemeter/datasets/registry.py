"""The data sets: a line for each, and a module that describes and reads it."""

from spikemeter.datasets.dataset import DataSet
from spikemeter.registry import Registry

DATASETS: Registry[DataSet] = Registry(
    "a data set",
    {
        "mnist": "spikemeter.datasets.mnist:MNIST",
        "cifar10": "spikemeter.datasets.cifar10:CIFAR10",
        "nmnist": "spikemeter.datasets.nmnist:NMNIST",
    },
)
