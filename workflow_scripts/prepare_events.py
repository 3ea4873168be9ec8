"""Rule prepare_events: recordings, denoised and framed, stored sparse."""

from pathlib import Path

from snakemake.iocontainers import Snakemake

from spikemeter.data.containers import save_arrays
from spikemeter.data.events import prepare_events
from spikemeter.files import read_json, write_json
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
    write_json(
        snakemake.output.provenance,
        read_json(source_json)
        | {
            "key": made_from["key"],
            "prepared": spec,
            "train_samples": len(arrays["train_labels"]),
            "test_samples": len(arrays["test_labels"]),
            "counts": counts,
        },
    )
