"""Rules fetch_…: the raw files of a data set, and where they came from."""

from pathlib import Path

from snakemake.script import snakemake

from spikemeter.data.sources import SourceSettings, fetch
from spikemeter.files import write_json
from spikemeter.jobs import byte_bar, logged

with logged(snakemake) as terminal:
    spec = dict(snakemake.params.made_from["spec"])
    dataset = spec.pop("dataset")
    settings = SourceSettings(**{**spec, "mirrors": tuple(spec["mirrors"])})
    source_json = Path(snakemake.output[-1])
    with byte_bar(terminal, dataset) as progress:
        provenance = fetch(dataset, settings, source_json.parent, progress=progress)
    write_json(source_json, provenance)
