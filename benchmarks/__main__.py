"""Measure everything and write the report: ``python -m benchmarks [--quick]``."""

import argparse
from pathlib import Path

from benchmarks import report
from benchmarks.measurements import FOLDER, FULL, SHORT, measure, say
from benchmarks.workloads import ROOT
from spikemeter.files import write_json, write_text


def main() -> None:
    """Write the raw results and the report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--quick", action="store_true", help="a minute, to see it run")
    parser.add_argument("--output", type=Path, default=ROOT / "results/benchmarks.md")
    arguments = parser.parse_args()
    results = measure(SHORT if arguments.quick else FULL)
    write_json(FOLDER / "results.json", results)
    write_text(arguments.output, report.write(results))
    say(f"wrote {arguments.output}")


if __name__ == "__main__":
    main()
