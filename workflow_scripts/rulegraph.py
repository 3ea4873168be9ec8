"""Rule rulegraph: the workflow's own rules, from the data to the report."""

from pathlib import Path

from snakemake.iocontainers import Snakemake

from spikemeter.report.figures.rule_edges import rule_edges
from spikemeter.report.figures.rulegraph import rulegraph
from spikemeter.report.figures.style import save
from spikemeter.study.jobs import log_job

snakemake: Snakemake  # made by Snakemake before this file runs

with log_job(snakemake):
    spec = snakemake.params.made_from["spec"]
    snakefile = Path(snakemake.scriptdir).parent / "Snakefile"
    figure = rulegraph(rule_edges(snakefile, snakemake.config))
    save(figure, list(map(Path, snakemake.output)), spec["dpi"])
