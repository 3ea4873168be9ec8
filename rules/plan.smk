# The config, checked before any job is planned, and what every job depends on.
from snakemake.exceptions import WorkflowError

from spikemeter.config import checked
from spikemeter.plan import FORMATS, RAW_FILES, Plan
from spikemeter.schema import ConfigError, read_yaml

try:
    # Snakemake takes the last of two equal keys without a word: read again, strictly.
    for path in dict.fromkeys([ROOT / "config.yaml", *map(Path, workflow.configfiles)]):
        read_yaml(path)
    PLAN = Plan(checked(config, read_yaml(ROOT / "schemas/config.schema.yaml")), ROOT)
except ConfigError as error:
    raise WorkflowError(f"The config cannot be run.\n{error}") from None

ALL_NETWORKS = PLAN.networks()
SEEDS = PLAN.config.seeds


def any_of(names):
    """A regular expression that matches these names; nothing, if there are none."""
    return "|".join(names) or "(?!)"


wildcard_constraints:
    network=any_of(ALL_NETWORKS),
    seed="|".join(map(str, SEEDS)),
    experiment="|".join(map(str, PLAN.experiments())),
    images=any_of(n for n in PLAN.config.inputs if not PLAN.is_events(n)),
    events=any_of(n for n in PLAN.config.inputs if PLAN.is_events(n)),
    dataset=any_of(RAW_FILES),


def raw_files(dataset):
    """The raw files of a data set, and what tells where they came from."""
    folder = f"results/data/{dataset}/raw"
    return [f"{folder}/{name}" for name in (*RAW_FILES[dataset], "source.json")]
