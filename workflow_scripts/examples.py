"""Rule examples: one image of each image data set, with its label."""

from pathlib import Path

from snakemake.iocontainers import Snakemake

from spikemeter.data.containers import load_arrays
from spikemeter.files import read_json
from spikemeter.jobs import logged
from spikemeter.report.examples import first_example, images
from spikemeter.report.figures import save

snakemake: Snakemake  # made by Snakemake before this file runs

with logged(snakemake):
    pairs = zip(snakemake.input.arrays, snakemake.input.provenance, strict=True)
    examples = [
        first_example(load_arrays(arrays), read_json(provenance))
        for arrays, provenance in pairs
    ]
    dpi = snakemake.params.made_from["spec"]["dpi"]
    save(images(examples), list(map(Path, snakemake.output)), dpi)
