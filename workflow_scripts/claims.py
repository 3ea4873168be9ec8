"""Rule claims: results/claims.md, the paper's claims judged, and as CSV."""

from pathlib import Path

from snakemake.iocontainers import Snakemake

from spikemeter.files import write_text
from spikemeter.report.claims.claim_cells import frame
from spikemeter.report.claims.judged import judged
from spikemeter.report.claims.texts import markdown
from spikemeter.report.runs import read_runs
from spikemeter.study.jobs import log_job

snakemake: Snakemake  # made by Snakemake before this file runs

with log_job(snakemake):
    spec = snakemake.params.made_from["spec"]
    runs = read_runs(Path(snakemake.input[0]).parents[2], spec)
    rows = judged(runs)
    write_text(snakemake.output.numbers, frame(rows).to_csv(index=False))
    write_text(snakemake.output.page, markdown(rows, runs))
