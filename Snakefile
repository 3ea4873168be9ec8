# spikemeter: train, meter and compare spiking, convolutional and fully connected networks.
#
#   results/data/{dataset}/raw/...              raw files with source.json
#   results/data/{input}.npz, .json             prepared inputs, their provenance
#   results/runs/{network}/seed{seed}/...       model, epochs, power samples, test
#   results/archive/{network}/seed{seed}/...    finished runs that others replaced
#   results/report.html, tables.md, claims.md, tables/, figures/   what a reader looks at
#
import getpass
import os
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

min_version("9.27")

# Of this file, which may be the module of another workflow.
ROOT = Path(workflow.current_basedir.get_path_or_uri(secret_free=True))
LIBRARY = ROOT / "workflow_scripts"
if not LIBRARY.is_dir():
    raise WorkflowError(
        f"{ROOT} has no folder workflow_scripts: clone the repository, and name the "
        "Snakefile of the clone"
    )
# Here and in the jobs' processes, this code comes before any installed spikemeter.
sys.path.insert(0, str(LIBRARY))
OTHERS = os.environ.get("PYTHONPATH", "").split(os.pathsep)
OTHERS = [path for path in OTHERS if path not in ("", str(LIBRARY))]
os.environ |= {"PYTHONPATH": os.pathsep.join([str(LIBRARY), *OTHERS])}

try:
    getpass.getuser()
except (KeyError, OSError):
    # A container's user may have no name, which Snakemake asks for.
    os.environ |= {"LOGNAME": f"uid{os.getuid()}"}

import spikemeter

FOUND = Path(spikemeter.__file__ or "nowhere").parent
if FOUND.resolve() != (LIBRARY / "spikemeter").resolve():
    raise WorkflowError(
        f"spikemeter was imported from {FOUND}, not from {LIBRARY}: results would not "
        "record the code that made them; start snakemake without it"
    )

from spikemeter.study.strict_yaml import ConfigError, is_whole_study, read_yaml

# Of a module that is given its config, or of a file that --configfile names, whole in
# itself, there is no file below: else the folder's, or the one that is shipped.
GIVEN = workflow.modifier.skip_configfile
BASE = Path("config.yaml")
if not BASE.exists():
    BASE = None if is_whole_study(config) else ROOT / "config.yaml"

try:
    # Snakemake's message about a syntax error names neither file nor line.
    WRITTEN = config if GIVEN or BASE is None else read_yaml(BASE)
except ConfigError as error:
    raise WorkflowError(f"The config cannot be run.\n{error}") from None

if BASE is not None:

    configfile: str(BASE)


include: "rules/plan.smk"
include: "rules/data.smk"
include: "rules/networks.smk"
include: "rules/report.smk"


rule all:
    default_target: True
    input:
        "results/tables.md",
        ["results/claims.md"] if PLAN.publications() else [],
        "results/report.html",
        every_figure,
