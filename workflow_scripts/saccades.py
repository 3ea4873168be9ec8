"""Rule saccades: the events of one recording, saccade by saccade."""

from pathlib import Path

from snakemake.iocontainers import Snakemake

from spikemeter.data.containers import load_arrays
from spikemeter.files import read_json
from spikemeter.jobs import logged
from spikemeter.report.examples import first_recording, saccades
from spikemeter.report.figures import save

snakemake: Snakemake  # made by Snakemake before this file runs

with logged(snakemake):
    recording = first_recording(
        load_arrays(snakemake.input.arrays[0]),
        read_json(snakemake.input.provenance[0]),
    )
    dpi = snakemake.params.made_from["spec"]["dpi"]
    save(saccades(recording), list(map(Path, snakemake.output)), dpi)
