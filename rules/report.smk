# Tables and figures from what the runs left: results/tables.md, tables/, figures/.
localrules:
    all,
    tables,
    figures,
    curves,
    examples,
    saccades,
    neuron,
    architecture,


def runs_of(networks):
    """The files of all runs of these networks that a report reads."""
    return expand(
        "results/runs/{network}/seed{seed}/{file}",
        network=networks,
        seed=SEEDS,
        file=["train.json", "epochs.csv", "test.json"],
    )


def figure(name):
    """The files of one figure."""
    return expand("results/figures/{name}.{format}", name=name, format=FORMATS)


def input_of(*datasets):
    """The first input made from each of these data sets, where there is one."""
    inputs = PLAN.config.inputs.items()
    of = {d: [n for n, settings in inputs if settings.dataset == d] for d in datasets}
    return [names[0] for names in of.values() if names]


IMAGE_INPUTS = input_of("mnist", "cifar10")
EVENT_INPUTS = input_of("nmnist")


rule tables:
    input:
        runs_of(ALL_NETWORKS),
    output:
        page="results/tables.md",
        files=expand(
            "results/tables/{table}.{format}",
            table=["training", "test", "ratios", "activity"],
            format=["csv", "tex"],
        ),
    params:
        made_from=PLAN.tables(),
    log:
        "results/logs/tables.log",
    conda:
        "../envs/spikemeter.yaml"
    message:
        "Write the tables"
    script:
        "../workflow_scripts/tables.py"


rule curves:
    input:
        lambda wc: runs_of(PLAN.networks(int(wc.experiment))),
    output:
        figure("experiment{experiment}"),
    params:
        made_from=lambda wc: PLAN.curves(int(wc.experiment)),
    log:
        "results/logs/figures/experiment{experiment}.log",
    conda:
        "../envs/spikemeter.yaml"
    message:
        "Draw accuracy, time, memory and power of experiment {wildcards.experiment}"
    script:
        "../workflow_scripts/curves.py"


rule examples:
    input:
        arrays=expand("results/data/{input}.npz", input=IMAGE_INPUTS),
        provenance=expand("results/data/{input}.json", input=IMAGE_INPUTS),
    output:
        figure("examples"),
    params:
        made_from=PLAN.drawing("examples.py", inputs=IMAGE_INPUTS),
    log:
        "results/logs/figures/examples.log",
    conda:
        "../envs/spikemeter.yaml"
    message:
        "Draw one example of each image data set"
    script:
        "../workflow_scripts/examples.py"


rule saccades:
    input:
        arrays=expand("results/data/{input}.npz", input=EVENT_INPUTS),
        provenance=expand("results/data/{input}.json", input=EVENT_INPUTS),
    output:
        figure("saccades"),
    params:
        made_from=PLAN.drawing("saccades.py", inputs=EVENT_INPUTS),
    log:
        "results/logs/figures/saccades.log",
    conda:
        "../envs/spikemeter.yaml"
    message:
        "Draw the events of a recording, saccade by saccade"
    script:
        "../workflow_scripts/saccades.py"


rule neuron:
    output:
        neuron=figure("neuron"),
        forward=figure("unrolled_forward"),
        backward=figure("unrolled_backward"),
    params:
        made_from=PLAN.drawing("neuron.py"),
    log:
        "results/logs/figures/neuron.log",
    conda:
        "../envs/spikemeter.yaml"
    message:
        "Draw the leaky integrate-and-fire neuron"
    script:
        "../workflow_scripts/neuron.py"


rule architecture:
    output:
        figure("architecture_{network}"),
    params:
        made_from=lambda wc: PLAN.architecture(wc.network),
    log:
        "results/logs/figures/architecture_{network}.log",
    conda:
        "../envs/spikemeter.yaml"
    message:
        "Draw the architecture of {wildcards.network}"
    script:
        "../workflow_scripts/architecture.py"


rule figures:
    input:
        [figure(f"experiment{number}") for number in PLAN.experiments()],
        [figure(f"architecture_{network}") for network in ALL_NETWORKS],
        rules.neuron.output,
        figure("examples") if IMAGE_INPUTS else [],
        figure("saccades") if EVENT_INPUTS else [],
