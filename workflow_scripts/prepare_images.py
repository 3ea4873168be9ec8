"""Rule prepare_images: images of one size as bytes, with labels."""

from pathlib import Path

from snakemake.iocontainers import Snakemake

from spikemeter.data.containers import save_arrays
from spikemeter.data.images import prepare_images, summarize
from spikemeter.data.provenance import of_input
from spikemeter.files import write_json
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
    provenance = of_input(source_json, made_from, arrays)
    counts = {"counts": summarize(arrays)}
    write_json(snakemake.output.provenance, provenance | counts)
