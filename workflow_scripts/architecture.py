"""Rule architecture: a network, layer by layer, drawn from its notation."""

from pathlib import Path

from snakemake.iocontainers import Snakemake

from spikemeter.networks.notation import parse_layers
from spikemeter.report.figures.architecture import architecture
from spikemeter.report.figures.style import save
from spikemeter.study.jobs import log_job

snakemake: Snakemake  # made by Snakemake before this file runs

with log_job(snakemake):
    spec = snakemake.params.made_from["spec"]
    shape = tuple(spec["input_shape"])
    stages = parse_layers(spec["layers"], shape, spec["padding"])
    figure = architecture(spec["label"], shape, stages, spec["neuron"])
    save(figure, list(map(Path, snakemake.output)), spec["dpi"])
