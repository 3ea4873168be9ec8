# The config, checked before any job is planned, and what every job depends on.
from functools import cache

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger
from snakemake.utils import update_config

from spikemeter.datasets.registry import DATASETS
from spikemeter.study.checks import check_config, sort_keys
from spikemeter.study.finished import PART_FILES, archive_run, describe_replaced
from spikemeter.study.plan import FORMATS, Plan
from spikemeter.study.strict_yaml import ConfigError, read_arguments, read_yaml

if set("{}") & set(str(ROOT)):
    raise WorkflowError(
        f"The project's folder is {ROOT}, but Snakemake takes braces in it for "
        "placeholders: move the project to a folder without braces"
    )

# Another workflow may rename the rules of a module, and put its results elsewhere.
full_name = workflow.modifier.modify_rulename
RESULTS = Path(workflow.modifier.path_modifier.replace_prefix("results"))


def is_forced(part, network, seed):
    """Tell whether the command asks to make a part of a run, or what it needs, again.

    Snakemake knows only after it has read all rules.
    """
    asked = workflow.dag_settings
    forced = {*asked.forcerun, *(asked.targets if asked.forcetargets else ())}
    files = {f"{PLAN.folder(network, seed)}/{name}" for name in PART_FILES[part]}
    seen = PLAN.study.networks[network].input
    dataset = PLAN.study.inputs[seen].dataset
    above = (
        *(full_name(f"fetch_{dataset}"), f"{RESULTS}/data/{dataset}/"),
        *(full_name("prepare"), f"{RESULTS}/data/{seen}."),
    )
    return (
        asked.forceall
        or not forced.isdisjoint({full_name(part), *files})
        or any(name.startswith(above) for name in forced)
    )


try:
    # Snakemake takes the last of two equal keys without a word: read again, strictly.
    OVERLAYS = [
        read_yaml(path)
        for path in map(Path, () if GIVEN else workflow.configfiles)
        if BASE is None or path.resolve() != BASE.resolve()
    ]
    # A list selects the experiments that run, and would hide what files declare.
    DECLARED = {}
    for found in [
        v.get("experiments") for v in [WRITTEN, *OVERLAYS] if isinstance(v, dict)
    ]:
        update_config(DECLARED, found if isinstance(found, dict) else {})
    if not GIVEN:
        update_config(config, read_arguments(workflow.config_settings.config_args))
    STUDY = check_config(sort_keys(config, WRITTEN), DECLARED)
except ConfigError as error:
    raise WorkflowError(f"The config cannot be run.\n{error}") from None
PLAN = Plan(STUDY, ROOT, RESULTS, is_forced)
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


def of_run(part, network, seed, *names):
    """Files of a part of a run; of a finished one, Snakemake looks for no maker.

    Nothing that lies above it is then needed, or makes it again.
    """
    there = [(PLAN.folder(network, seed) / name).exists() for name in names]
    finished = PLAN.find(part, network, seed) and all(there)
    files = [f"results/runs/{network}/seed{seed}/{name}" for name in names]
    return [before_update(file) if finished else file for file in files]


def inputs_of(part):
    """What a training or a test reads; a finished one that it replaces is archived.

    Snakemake compares with what it noted of a file, and would take one that came from
    elsewhere for the present one: a run of another key is made again in any case.
    """

    def find_inputs(wildcards):
        run = wildcards.network, int(wildcards.seed)
        inputs = prepared(wildcards)
        if part == "test":
            model, trained = of_run("train", *run, "model.pt", "train.json")
            inputs |= {"model": model, "summary": trained}
        summary = PLAN.folder(*run) / f"{part}.json"
        if workflow.is_main_process and not PLAN.find(part, *run) and summary.exists():
            announce_replaced()
            workflow.dag.forcefiles.add(str(summary))
            planned = workflow.dryrun or workflow.touch or not workflow.executor_plugin
            if part in PLAN.parts(*run) and not planned:
                archive_run(summary.parent, PLAN.parts(*run), RESULTS / "archive")
        return inputs

    return find_inputs


@cache
def announce_replaced():
    """Say, once, how much work the finished runs hold that are not used."""
    if text := describe_replaced(PLAN.list_replaced()):
        logger.warning(text)


def runs_of(networks):
    """The files of all runs of these networks that a report reads."""
    return [
        file
        for network in networks
        for seed in SEEDS
        for part, names in PART_FILES.items()
        for file in of_run(part, network, seed, *names[-2:])
    ]


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
    """The files of all figures that are shown."""
    return [file for name in PLAN.shown_figures() for file in figure_files(name)]
