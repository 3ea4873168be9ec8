"""Rule prepare_images: images of one size as bytes, with labels."""

from pathlib import Path

from snakemake.iocontainers import Snakemake

from spikemeter.datasets.images import prepare_images, summarize
from spikemeter.datasets.prepared import read_source, write_input
from spikemeter.study.jobs import log_job

snakemake: Snakemake  # made by Snakemake before this file runs

with log_job(snakemake):
    made_from = snakemake.params.made_from
    spec = made_from["spec"]
    source_json = Path(snakemake.input[-1])
    source = read_source(source_json, spec["source_key"])
    arrays = prepare_images(
        spec["dataset"],
        source_json.parent,
        spec["size"],
        spec["train_samples"],
        spec["test_samples"],
    )
    write_input(tuple(snakemake.output), arrays, source, made_from, summarize(arrays))
