"""The encodings by name."""

from spikemeter.networks.encodings.encoding import Encoding
from spikemeter.registry import Registry

ENCODINGS: Registry[Encoding] = Registry(
    "an encoding",
    {
        "rate": "spikemeter.networks.encodings.rate:RATE",
        "latency": "spikemeter.networks.encodings.latency:LATENCY",
        "direct": "spikemeter.networks.encodings.direct:DIRECT",
        "delta": "spikemeter.networks.encodings.delta:DELTA",
    },
)
