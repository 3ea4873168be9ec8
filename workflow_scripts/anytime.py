"""Rule anytime: an experiment's spiking networks over their time steps."""

from pathlib import Path

from snakemake.iocontainers import Snakemake

from spikemeter.report.figures.anytime_curves import anytime
from spikemeter.report.figures.style import save
from spikemeter.report.runs import read_runs
from spikemeter.study.jobs import log_job

snakemake: Snakemake  # made by Snakemake before this file runs

with log_job(snakemake):
    spec = snakemake.params.made_from["spec"]
    title = f"Experiment {snakemake.wildcards.experiment}"
    figure = anytime(title, read_runs(Path(snakemake.input[0]).parents[2], spec))
    save(figure, list(map(Path, snakemake.output)), spec["dpi"])
