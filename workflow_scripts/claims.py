"""Rule claims: results/claims.md, the claims of published studies, and as CSV."""

from pathlib import Path

from snakemake.iocontainers import Snakemake

from spikemeter.files import write_text
from spikemeter.report.claims.claims_page import make_claim_frame, render_claims
from spikemeter.report.claims.judgements import judge_claims
from spikemeter.report.runs import read_runs
from spikemeter.study.jobs import log_job

snakemake: Snakemake  # made by Snakemake before this file runs

with log_job(snakemake):
    spec = snakemake.params.made_from["spec"]
    runs = read_runs(Path(snakemake.input[0]).parents[2], spec)
    rows = judge_claims(runs)
    write_text(snakemake.output.numbers, make_claim_frame(rows).to_csv(index=False))
    write_text(snakemake.output.page, render_claims(rows, runs))
