"""Rule prepare_images: images of one size as bytes, with labels."""

from pathlib import Path

from snakemake.iocontainers import Snakemake

from spikemeter.data.containers import save_arrays
from spikemeter.data.images import prepare_images
from spikemeter.files import read_json, write_json
from spikemeter.jobs import logged

snakemake: Snakemake  # made by Snakemake before this file runs

with logged(snakemake):
    made_from = snakemake.params.made_from
    spec = made_from["spec"]
    source_json = Path(snakemake.input[-1])
    arrays = prepare_images(
        spec["dataset"],
        source_json.parent,
        spec["size"],
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
        },
    )
