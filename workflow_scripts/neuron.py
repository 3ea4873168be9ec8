"""Rule neuron: the leaky integrate-and-fire neuron."""

from pathlib import Path

from snakemake.iocontainers import Snakemake

from spikemeter.jobs import logged
from spikemeter.report.drawings import neuron
from spikemeter.report.figures import save

snakemake: Snakemake  # made by Snakemake before this file runs

with logged(snakemake):
    spec = snakemake.params.made_from["spec"]
    figure = neuron(spec["beta"], spec["threshold"])
    save(figure, [Path(path) for path in snakemake.output], spec["dpi"])
