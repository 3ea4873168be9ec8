# The config, checked before any job is planned, and what every job depends on.
from snakemake.exceptions import WorkflowError
from snakemake.utils import update_config

from spikemeter.study.config import checked, in_full, read_arguments, read_config
from spikemeter.study.plan import FORMATS, RAW_FILES, Plan
from spikemeter.study.strict_yaml import ConfigError, read_yaml


def in_order(values, model):
    """Values with the keys that a model has first, in its order, at every depth."""
    if not (isinstance(values, dict) and isinstance(model, dict)):
        return values
    keys = dict.fromkeys([*(key for key in model if key in values), *values])
    return {key: in_order(values[key], model.get(key)) for key in keys}


if set("{}") & set(str(ROOT)):
    raise WorkflowError(
        f"The project's folder is {ROOT}, but Snakemake takes braces in it for "
        "placeholders: move the project to a folder without braces"
    )

try:
    # Snakemake takes the last of two equal keys without a word: read again, strictly.
    for path in map(Path, workflow.configfiles):
        if path.resolve() != Path("config.yaml").resolve():
            read_config(path)
    update_config(config, read_arguments(workflow.config_settings.config_args))
    # It also puts the keys of overlays first, but networks come in the order of the rows.
    settings = in_order(config, WRITTEN)
    PLAN = Plan(checked(settings, read_yaml(ROOT / "schemas/config.schema.yaml")), ROOT)
except ConfigError as error:
    raise WorkflowError(f"The config cannot be run.\n{error}") from None

ALL_NETWORKS = PLAN.networks()
SEEDS = PLAN.config.seeds


def whole_config():
    """The config with its defaults."""
    return in_full(settings, read_yaml(ROOT / "schemas/config.schema.yaml"))


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


def prepared(wildcards):
    """The input that a network sees."""
    name = PLAN.config.networks[wildcards.network].settings.input
    return {
        "arrays": f"results/data/{name}.npz",
        "provenance": f"results/data/{name}.json",
    }


def runs_of(networks):
    """The files of all runs of these networks that a report reads."""
    return expand(
        "results/runs/{network}/seed{seed}/{file}",
        network=networks,
        seed=SEEDS,
        file=["train.json", "epochs.csv", "test.json", "steps.csv"],
    )


def figure(name):
    """The files of one figure."""
    return expand("results/figures/{name}.{format}", name=name, format=FORMATS)


def input_of(*datasets):
    """The first input of a network that is made from each of these data sets."""
    seen = {entry.settings.input for entry in PLAN.config.networks.values()}
    inputs = [(n, i.dataset) for n, i in PLAN.config.inputs.items() if n in seen]
    of = {d: [name for name, dataset in inputs if dataset == d] for d in datasets}
    return [names[0] for names in of.values() if names]


IMAGE_INPUTS = input_of("mnist", "cifar10")
EVENT_INPUTS = input_of("nmnist")


def every_figure(wildcards):
    """The files of all figures."""
    names = [
        *(f"experiment{number}" for number in PLAN.experiments()),
        *(f"anytime{number}" for number in PLAN.spiking_experiments()),
        "energy",
        *(f"architecture_{network}" for network in ALL_NETWORKS),
        *("neuron", "unrolled_forward", "unrolled_backward", "rulegraph"),
        *(["examples"] if IMAGE_INPUTS else []),
        *(["saccades"] if EVENT_INPUTS else []),
    ]
    return [file for name in names for file in figure(name)]
