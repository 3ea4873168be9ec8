"""Rule prepare_events: recordings, denoised and framed, stored sparse."""

from pathlib import Path

from snakemake.iocontainers import Snakemake

from spikemeter.datasets.event_archives import prepare_events
from spikemeter.datasets.prepared import read_source, write_input
from spikemeter.study.jobs import log_job

snakemake: Snakemake  # made by Snakemake before this file runs

with log_job(snakemake):
    made_from = snakemake.params.made_from
    spec = made_from["spec"]
    train_zip, test_zip, source_json = map(Path, snakemake.input)
    source = read_source(source_json, spec["source_key"])
    arrays, counts = prepare_events(
        (train_zip, test_zip),
        spec["denoise_us"],
        spec["window_us"],
        spec["steps"],
        spec["train_samples"],
        spec["test_samples"],
    )
    write_input(tuple(snakemake.output), arrays, source, made_from, counts)
