"""Rule prepare_events: recordings, denoised and framed, stored sparse."""

from pathlib import Path

from snakemake.iocontainers import Snakemake

from spikemeter.data.containers import save_arrays
from spikemeter.data.events import prepare_events
from spikemeter.data.provenance import of_input
from spikemeter.files import write_json
from spikemeter.jobs import logged

snakemake: Snakemake  # made by Snakemake before this file runs

with logged(snakemake):
    made_from = snakemake.params.made_from
    spec = made_from["spec"]
    train_zip, test_zip, source_json = map(Path, snakemake.input)
    arrays, counts = prepare_events(
        (train_zip, test_zip),
        spec["denoise_us"],
        spec["window_us"],
        spec["steps"],
        spec["train_samples"],
        spec["test_samples"],
    )
    save_arrays(snakemake.output.arrays, arrays)
    provenance = of_input(source_json, made_from, arrays)
    write_json(snakemake.output.provenance, provenance | {"counts": counts})
