"""The kinds of data sets: a line for each, and a module that prepares them."""

from spikemeter.datasets.dataset import DataSet
from spikemeter.registry import Registry

KINDS: Registry[type[DataSet]] = Registry(
    "a kind of data set",
    {
        "images": "spikemeter.datasets.kinds.images:ImageDataSet",
        "events": "spikemeter.datasets.kinds.events:EventDataSet",
    },
)
