# The config, checked before any job is planned, and what every job depends on.
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

# A module may put all results into a folder of its own.
RESULTS = Path(workflow.modifier.path_modifier.replace_prefix("results"))


def is_forced(part, network, seed):
    """Tell whether the command asks to make a part of a run, or what it needs, again."""
    asked = workflow.dag_settings
    if asked is None:  # nothing is made, as by --lint
        return False
    full_name = workflow.modifier.modify_rulename
    above = (f"{RESULTS}/data/", full_name("fetch_"), full_name("prepare"))
    forced = {*asked.forcerun, *(asked.targets if asked.forcetargets else ())}
    files = {f"{PLAN.folder(network, seed)}/{name}" for name in PART_FILES[part]}
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

if workflow.is_main_process and (replaced := describe_replaced(PLAN.list_replaced())):
    logger.warning(replaced)

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


def unfinished(part):
    """What the wildcard ``network`` of a rule matches: runs that are not finished.

    All of them if the command names files of runs, because Snakemake refuses to be
    asked for what no rule makes, and in the process of one job.
    """
    targets = workflow.dag_settings.targets if workflow.dag_settings else ()
    if not workflow.is_main_process or any(
        name.startswith(f"{RESULTS}/runs/") for name in targets
    ):
        return any_of(ALL_NETWORKS)
    return any_of(
        f"{network}(?=/seed(?:{'|'.join(map(str, seeds))})/)"
        for network, seeds in PLAN.unfinished(part).items()
    )


def keep_replaced(part):
    """The input of a training or test; a finished one that it replaces is archived.

    Snakemake compares with what it noted of a file, and would take one that came from
    elsewhere for the present one: a run of another key is made again in any case. One
    of this key that has lost its model is not worth keeping.
    """

    def find_inputs(wildcards):
        run = wildcards.network, int(wildcards.seed)
        folder, found = PLAN.folder(*run), PLAN.find(part, *run)
        if workflow.is_main_process:
            summary = folder / f"{part}.json"
            if not found and summary.exists():
                workflow.dag.forcefiles.add(str(summary))
            whole = all((folder / name).exists() for name in PART_FILES[part])
            planned = workflow.dryrun or workflow.touch or not workflow.executor_plugin
            if part in PLAN.parts(*run) and (whole or not found) and not planned:
                archive_run(folder, PLAN.parts(*run), RESULTS / "archive")
        return prepared(wildcards)

    return find_inputs


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
    """The files of all figures that are shown."""
    return [file for name in PLAN.shown_figures() for file in figure_files(name)]
