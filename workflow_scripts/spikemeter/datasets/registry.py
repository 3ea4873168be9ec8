"""The data sets and their kinds: a line for each, and a module that reads it."""

from spikemeter.datasets.dataset import DataSet
from spikemeter.registry import Registry

KINDS: Registry[type[DataSet]] = Registry(
    "a kind of data set",
    {
        "images": "spikemeter.datasets.kinds.images:ImageDataSet",
        "events": "spikemeter.datasets.kinds.events:EventDataSet",
    },
)
DATASETS: Registry[DataSet] = Registry(
    "a data set",
    {
        "mnist": "spikemeter.datasets.mnist:MNIST",
        "cifar10": "spikemeter.datasets.cifar10:CIFAR10",
        "nmnist": "spikemeter.datasets.nmnist:NMNIST",
    },
)
