# The config, checked before any job is planned, and what every job depends on.
from snakemake.exceptions import WorkflowError
from snakemake.utils import update_config

from spikemeter.datasets.registry import DATASETS
from spikemeter.study.checks import check_config, sort_keys
from spikemeter.study.plan import FORMATS, Plan
from spikemeter.study.strict_yaml import ConfigError, read_arguments, read_yaml

if set("{}") & set(str(ROOT)):
    raise WorkflowError(
        f"The project's folder is {ROOT}, but Snakemake takes braces in it for "
        "placeholders: move the project to a folder without braces"
    )

try:
    # Snakemake takes the last of two equal keys without a word: read again, strictly.
    OVERLAYS = [
        read_yaml(path)
        for path in map(Path, workflow.configfiles)
        if path.resolve() != Path("config.yaml").resolve()
    ]
    # A list selects the experiments that run, and would hide what files declare.
    DECLARED = {}
    for found in [
        v.get("experiments") for v in [WRITTEN, *OVERLAYS] if isinstance(v, dict)
    ]:
        update_config(DECLARED, found if isinstance(found, dict) else {})
    update_config(config, read_arguments(workflow.config_settings.config_args))
    PLAN = Plan(check_config(sort_keys(config, WRITTEN), DECLARED), ROOT)
except ConfigError as error:
    raise WorkflowError(f"The config cannot be run.\n{error}") from None
# Of a large study, these are large.
del DECLARED, OVERLAYS, WRITTEN

ALL_NETWORKS = PLAN.networks()
SEEDS = PLAN.settings.seeds


def any_of(names):
    """A regular expression that matches these names; nothing, if there are none."""
    return "|".join(names) or "(?!)"


wildcard_constraints:
    network=any_of(ALL_NETWORKS),
    seed="|".join(map(str, SEEDS)),
    figure=any_of(PLAN.figures()),
    input=any_of(PLAN.study.inputs),
    dataset=any_of(DATASETS),


def raw_files(dataset):
    """The raw files of a data set, and what tells where they came from."""
    folder = f"results/data/{dataset}/raw"
    return [
        f"{folder}/{name}" for name in (*DATASETS[dataset].raw_files, "source.json")
    ]


def prepared(wildcards):
    """The input that a network sees."""
    name = PLAN.study.networks[wildcards.network].input
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


def figure_files(name):
    """The files of one figure."""
    return expand("results/figures/{name}.{format}", name=name, format=FORMATS)


def figure_inputs(wildcards):
    """What a figure reads."""
    job = PLAN.figures()[wildcards.figure]
    inputs = expand(
        "results/data/{input}.{ending}", input=job.inputs, ending=["npz", "json"]
    )
    return runs_of(job.runs) + inputs


def every_figure(wildcards):
    """The files of all figures."""
    return [file for name in PLAN.figures() for file in figure_files(name)]
