"""Rule fetch: the raw files of a data set, and where they came from."""

from pathlib import Path

from snakemake.iocontainers import Snakemake

from spikemeter.datasets.fetch.source_settings import SourceSettings
from spikemeter.datasets.fetch.sources import fetch
from spikemeter.datasets.registry import DATASETS
from spikemeter.files import write_json
from spikemeter.study.jobs import log_job, show_bytes

snakemake: Snakemake  # made by Snakemake before this file runs

with log_job(snakemake) as terminal:
    made_from = snakemake.params.made_from
    spec = dict(made_from["spec"])
    dataset = DATASETS[spec.pop("dataset")]
    settings = SourceSettings(**spec)
    source_json = Path(snakemake.output[-1])
    with show_bytes(terminal, dataset.name) as progress:
        provenance = fetch(dataset, settings, source_json.parent, progress=progress)
    write_json(source_json, provenance | {"key": made_from["key"]})
