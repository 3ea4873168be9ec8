"""Rule saccades: the events of one recording, saccade by saccade."""

from pathlib import Path

from snakemake.iocontainers import Snakemake

from spikemeter.datasets.prepared import read_input
from spikemeter.report.figures.examples import first_recording, saccades
from spikemeter.report.figures.style import save
from spikemeter.study.jobs import log_job

snakemake: Snakemake  # made by Snakemake before this file runs

with log_job(snakemake):
    spec = snakemake.params.made_from["spec"]
    (key,) = spec["input_keys"]
    recording = first_recording(*read_input(tuple(snakemake.input), key))
    save(saccades(recording), list(map(Path, snakemake.output)), spec["dpi"])
