# spikemeter: train, meter and compare spiking, convolutional and fully connected networks.
#
#   results/data/{dataset}/raw/...              raw files with source.json
#   results/data/{input}.npz, .json             prepared inputs, their provenance
#   results/runs/{network}/seed{seed}/...       model, epochs, power samples, test
#   results/report.html, tables.md, claims.md, tables/, figures/   what a reader looks at
#
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

min_version("9.27")

ROOT = Path(workflow.basedir)
sys.path.insert(0, str(ROOT / "workflow_scripts"))

from spikemeter.study.config import read_config
from spikemeter.study.strict_yaml import ConfigError

try:
    # What Snakemake says of a syntax error names neither file nor line.
    WRITTEN = read_config(Path("config.yaml"))
except ConfigError as error:
    raise WorkflowError(f"The config cannot be run.\n{error}") from None


configfile: "config.yaml"


include: "rules/plan.smk"
include: "rules/data.smk"
include: "rules/networks.smk"
include: "rules/report.smk"


rule all:
    default_target: True
    input:
        "results/tables.md",
        "results/claims.md",
        "results/report.html",
        every_figure,
