"""The kinds of data sets: a line for each, and a module that prepares them."""

from typing import Any

from spikemeter.datasets.kinds.kind import Kind
from spikemeter.registry import Registry

KINDS: Registry[Kind[Any, Any]] = Registry(
    "a kind of data set",
    {
        "images": "spikemeter.datasets.kinds.images:IMAGES",
        "events": "spikemeter.datasets.kinds.events:EVENTS",
    },
)
