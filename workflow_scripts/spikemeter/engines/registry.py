"""The engines by name, from the fastest to the slowest."""

from typing import TYPE_CHECKING

from spikemeter.registry import Registry

if TYPE_CHECKING:
    from spikemeter.engines.interface import EngineEntry

ENGINES: "Registry[EngineEntry]" = Registry(
    "an engine",
    {
        "scan_bf16": "spikemeter.engines.scan:SCAN_BF16",
        "scan_tf32": "spikemeter.engines.scan:SCAN_TF32",
        "scan": "spikemeter.engines.scan:SCAN",
        "events": "spikemeter.engines.events:EVENTS",
        "snntorch": "spikemeter.engines.snntorch:SNNTORCH",
    },
)
