"""The engines by name, from the fastest to the slowest."""

from spikemeter.engines.engine_entry import EngineEntry
from spikemeter.registry import Registry

ENGINES: Registry[EngineEntry] = Registry(
    "an engine",
    {
        "scan_bf16": "spikemeter.engines.scan:SCAN_BF16",
        "scan_tf32": "spikemeter.engines.scan:SCAN_TF32",
        "scan": "spikemeter.engines.scan:SCAN",
        "events": "spikemeter.engines.events:EVENTS",
        "snntorch": "spikemeter.engines.snntorch:SNNTORCH",
    },
)
