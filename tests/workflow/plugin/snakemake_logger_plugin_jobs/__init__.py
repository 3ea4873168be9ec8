"""Snakemake logger plugin `jobs`: every job as a line of JSON in jobs.jsonl."""

import json
import os
from pathlib import Path

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent


class LogHandler(LogHandlerBase):
    writes_to_stream = False
    writes_to_file = False
    has_filter = True
    has_formatter = True
    needs_rulegraph = False

    def emit(self, record):
        if getattr(record, "event", None) != LogEvent.JOB_INFO or not record.output:
            return  # a rule without output, as `all`, is only a name for its input
        wildcards = ", ".join(record.wildcards.values())
        job = {
            "name": record.rule_name + (f"[{wildcards}]" if wildcards else ""),
            "rule": record.rule_name,
            "resources": dict(record.resources.items()),
        }
        with Path(os.environ["JOBS_FILE"]).open("a", encoding="utf-8") as file:
            file.write(json.dumps(job, default=str) + "\n")
