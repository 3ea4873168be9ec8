"""Rule figure: one figure in all its formats."""

from pathlib import Path

from snakemake.iocontainers import Snakemake

from spikemeter.report.figures.illustration import save_figure
from spikemeter.report.figures.registry import ILLUSTRATIONS
from spikemeter.study.jobs import log_job

snakemake: Snakemake  # made by Snakemake before this file runs

with log_job(snakemake):
    spec = snakemake.params.made_from["spec"]
    figure = ILLUSTRATIONS[spec["figure"]].draw(spec, list(snakemake.input))
    save_figure(figure, list(map(Path, snakemake.output)), spec["dpi"])
