"""Rule report: results/report.html, one page that holds all there is to see."""

from pathlib import Path

from snakemake.iocontainers import Snakemake

from spikemeter.files import write_text
from spikemeter.report.page.render import render_page
from spikemeter.report.runs import read_runs
from spikemeter.study.jobs import log_job

snakemake: Snakemake  # made by Snakemake before this file runs

with log_job(snakemake):
    made_from = snakemake.params.made_from
    runs = read_runs(Path(snakemake.input.runs[0]).parents[2], made_from["spec"])
    figures = {
        path.stem: path.read_bytes() for path in map(Path, snakemake.input.figures)
    }
    write_text(snakemake.output[0], render_page(runs, made_from, figures))
