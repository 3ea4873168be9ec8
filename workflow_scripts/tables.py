"""Rule tables: results/tables.md, and each table as CSV, unrounded, and LaTeX."""

from pathlib import Path

from snakemake.iocontainers import Snakemake

from spikemeter.files import write_text
from spikemeter.report.formats import render_latex, render_markdown
from spikemeter.report.notes import list_notes
from spikemeter.report.runs import group_by_network, read_runs
from spikemeter.report.tables import build_tables, list_table_notes
from spikemeter.report.tables.anytime_decoding import make_steps_frame
from spikemeter.study.jobs import log_job

snakemake: Snakemake  # made by Snakemake before this file runs

with log_job(snakemake):
    spec = snakemake.params.made_from["spec"]
    runs = read_runs(Path(snakemake.input[0]).parents[2], spec)
    frames = build_tables(runs)
    under, notes = list_table_notes(runs), list_notes(runs)
    for path in map(Path, snakemake.output.files):
        name, frame = path.stem, frames[path.stem]
        every_note = [*under[name], *notes]
        text = (
            frame.to_csv(index=False)
            if path.suffix == ".csv"
            else render_latex(name, frame, every_note)
        )
        write_text(path, text)
    steps = make_steps_frame(group_by_network(runs))
    write_text(snakemake.output.steps, steps.to_csv(index=False))
    write_text(snakemake.output.page, render_markdown(frames, under, notes))
