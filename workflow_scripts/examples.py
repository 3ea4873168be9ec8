"""Rule examples: one image of each image data set, with its label."""

from pathlib import Path

from snakemake.iocontainers import Snakemake

from spikemeter.datasets.prepared import read_input
from spikemeter.report.figures.examples import first_example, images
from spikemeter.report.figures.style import save
from spikemeter.study.jobs import log_job

snakemake: Snakemake  # made by Snakemake before this file runs

with log_job(snakemake):
    spec = snakemake.params.made_from["spec"]
    paths = zip(snakemake.input.arrays, snakemake.input.provenance, strict=True)
    examples = [
        first_example(*read_input(pair, key))
        for pair, key in zip(paths, spec["input_keys"], strict=True)
    ]
    save(images(examples), list(map(Path, snakemake.output)), spec["dpi"])
