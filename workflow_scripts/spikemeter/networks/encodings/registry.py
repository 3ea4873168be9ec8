"""The encodings by name."""

from typing import TYPE_CHECKING

from spikemeter.registry import Registry

if TYPE_CHECKING:
    from spikemeter.networks.encodings.encoding import Encoding

ENCODINGS: "Registry[Encoding]" = Registry(
    "an encoding",
    {
        "rate": "spikemeter.networks.encodings.rate:RATE",
        "latency": "spikemeter.networks.encodings.latency:LATENCY",
        "direct": "spikemeter.networks.encodings.direct:DIRECT",
        "delta": "spikemeter.networks.encodings.delta:DELTA",
    },
)
