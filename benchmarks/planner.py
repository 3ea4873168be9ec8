"""Snakemake's command, metered: ``python -m benchmarks.planner FILE ARGUMENT…``.

It runs in a process of its own, because the kernel counts the peak memory of a
process from its start.
"""

import sys
import time
from pathlib import Path

from snakemake.cli import main as snakemake

from spikemeter.files import write_json

STATUS = Path("/proc/self/status")
PEAK = "VmHWM:"


def main() -> None:
    """Run Snakemake and write its ``seconds`` on the processor and ``peak_bytes``."""
    path, *arguments = sys.argv[1:]
    sys.argv = ["snakemake", *arguments]
    try:
        snakemake()
    finally:
        [peak] = [s for s in STATUS.read_text().splitlines() if s.startswith(PEAK)]
        peak_bytes = int(peak.split()[1]) * 1024
        write_json(path, {"seconds": time.process_time(), "peak_bytes": peak_bytes})


if __name__ == "__main__":
    main()
