"""Rule neuron: the leaky integrate-and-fire neuron, and its graph over time."""

from pathlib import Path

from snakemake.iocontainers import Snakemake

from spikemeter.report.figures.neuron import neuron
from spikemeter.report.figures.style import save
from spikemeter.report.figures.unrolled import unrolled
from spikemeter.study.jobs import log_job

snakemake: Snakemake  # made by Snakemake before this file runs

with log_job(snakemake):
    dpi = snakemake.params.made_from["spec"]["dpi"]
    # beta of the study; the threshold it does not state is snnTorch's.
    save(neuron(beta=0.8, threshold=1.0), list(map(Path, snakemake.output.neuron)), dpi)
    save(unrolled(backward=False), list(map(Path, snakemake.output.forward)), dpi)
    save(unrolled(backward=True), list(map(Path, snakemake.output.backward)), dpi)
