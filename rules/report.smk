# Tables, claims, figures and the report page from what the runs left.
# Each job's own process reads this file too: what only one rule needs is a function.
localrules:
    all,
    tables,
    claims,
    figures,
    curves,
    anytime,
    energy,
    examples,
    saccades,
    neuron,
    architecture,
    rulegraph,
    report,


rule tables:
    input:
        lambda wc: runs_of(ALL_NETWORKS),
    output:
        page="results/tables.md",
        steps="results/tables/anytime_steps.csv",
        files=expand(
            "results/tables/{table}.{format}",
            table=[
                *("training", "test", "ratios", "activity"),
                *("operations", "layers", "estimates", "anytime"),
            ],
            format=["csv", "tex"],
        ),
    log:
        "results/logs/tables.log",
    conda:
        "../envs/spikemeter.yaml"
    params:
        made_from=lambda wc: PLAN.tables(),
    message:
        "Write the tables"
    script:
        "../workflow_scripts/tables.py"


rule claims:
    input:
        lambda wc: runs_of(ALL_NETWORKS),
    output:
        page="results/claims.md",
        numbers="results/tables/claims.csv",
    log:
        "results/logs/claims.log",
    conda:
        "../envs/spikemeter.yaml"
    params:
        made_from=lambda wc: PLAN.claims(),
    message:
        "Judge the paper's claims"
    script:
        "../workflow_scripts/claims.py"


rule curves:
    input:
        lambda wc: runs_of(PLAN.networks(int(wc.experiment))),
    output:
        figure("experiment{experiment}"),
    log:
        "results/logs/figures/experiment{experiment}.log",
    conda:
        "../envs/spikemeter.yaml"
    params:
        made_from=lambda wc: PLAN.curves(int(wc.experiment)),
    message:
        "Draw accuracy, time, memory and power of experiment {wildcards.experiment}"
    script:
        "../workflow_scripts/curves.py"


rule energy:
    input:
        lambda wc: runs_of(ALL_NETWORKS),
    output:
        figure("energy"),
    log:
        "results/logs/figures/energy.log",
    conda:
        "../envs/spikemeter.yaml"
    params:
        made_from=lambda wc: PLAN.energy(),
    message:
        "Draw accuracy against energy per inference"
    script:
        "../workflow_scripts/energy.py"


rule anytime:
    input:
        lambda wc: runs_of(PLAN.networks(int(wc.experiment))),
    output:
        figure("anytime{experiment}"),
    log:
        "results/logs/figures/anytime{experiment}.log",
    conda:
        "../envs/spikemeter.yaml"
    params:
        made_from=lambda wc: PLAN.anytime(int(wc.experiment)),
    message:
        "Draw experiment {wildcards.experiment} over the time steps"
    script:
        "../workflow_scripts/anytime.py"


rule examples:
    input:
        arrays=expand("results/data/{input}.npz", input=IMAGE_INPUTS),
        provenance=expand("results/data/{input}.json", input=IMAGE_INPUTS),
    output:
        figure("examples"),
    log:
        "results/logs/figures/examples.log",
    conda:
        "../envs/spikemeter.yaml"
    params:
        made_from=lambda wc: PLAN.drawing("examples.py", inputs=IMAGE_INPUTS),
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
    log:
        "results/logs/figures/saccades.log",
    conda:
        "../envs/spikemeter.yaml"
    params:
        made_from=lambda wc: PLAN.drawing("saccades.py", inputs=EVENT_INPUTS),
    message:
        "Draw the events of a recording, saccade by saccade"
    script:
        "../workflow_scripts/saccades.py"


rule neuron:
    output:
        neuron=figure("neuron"),
        forward=figure("unrolled_forward"),
        backward=figure("unrolled_backward"),
    log:
        "results/logs/figures/neuron.log",
    conda:
        "../envs/spikemeter.yaml"
    params:
        made_from=lambda wc: PLAN.drawing("neuron.py"),
    message:
        "Draw the leaky integrate-and-fire neuron"
    script:
        "../workflow_scripts/neuron.py"


rule architecture:
    output:
        figure("architecture_{network}"),
    log:
        "results/logs/figures/architecture_{network}.log",
    conda:
        "../envs/spikemeter.yaml"
    params:
        made_from=lambda wc: PLAN.architecture(wc.network),
    message:
        "Draw the architecture of {wildcards.network}"
    script:
        "../workflow_scripts/architecture.py"


rule rulegraph:
    output:
        figure("rulegraph"),
    log:
        "results/logs/figures/rulegraph.log",
    conda:
        "../envs/spikemeter.yaml"
    params:
        made_from=lambda wc: PLAN.rulegraph(),
    message:
        "Draw the rules of this workflow"
    script:
        "../workflow_scripts/rulegraph.py"


rule report:
    input:
        runs=lambda wc: runs_of(ALL_NETWORKS),
        figures=lambda wc: [f for f in every_figure(wc) if f.endswith(".svg")],
    output:
        "results/report.html",
    log:
        "results/logs/report.log",
    conda:
        "../envs/spikemeter.yaml"
    params:
        made_from=lambda wc: PLAN.report(whole_config()),
    message:
        "Write the report"
    script:
        "../workflow_scripts/report.py"


rule figures:
    input:
        every_figure,
