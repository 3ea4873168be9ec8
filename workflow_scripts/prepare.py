"""Rule prepare: the samples of an input as arrays, with labels."""

from pathlib import Path

from snakemake.iocontainers import Snakemake

from spikemeter.datasets.prepared import read_source, write_input
from spikemeter.datasets.registry import DATASETS
from spikemeter.study.jobs import log_job

snakemake: Snakemake  # made by Snakemake before this file runs

with log_job(snakemake):
    made_from = snakemake.params.made_from
    spec = dict(made_from["spec"])
    source_json = Path(snakemake.input[-1])
    source = read_source(source_json, spec.pop("source_key"))
    dataset = DATASETS[spec["dataset"]]
    settings = dataset.settings(**spec)
    arrays, counts = dataset.prepare(source_json.parent, settings)
    write_input(tuple(snakemake.output), arrays, source, made_from, counts)
