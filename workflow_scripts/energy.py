"""Rule energy: accuracy against the energy of an inference."""

from pathlib import Path

from snakemake.iocontainers import Snakemake

from spikemeter.report.figures.energy_fronts import energy
from spikemeter.report.figures.style import save
from spikemeter.report.runs import read_runs
from spikemeter.study.jobs import log_job

snakemake: Snakemake  # made by Snakemake before this file runs

with log_job(snakemake):
    spec = snakemake.params.made_from["spec"]
    runs = read_runs(Path(snakemake.input[0]).parents[2], spec)
    figure = energy(runs)
    save(figure, list(map(Path, snakemake.output)), spec["dpi"])
