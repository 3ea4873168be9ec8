# As many jobs and files as the workflow makes of as many experiments, and nothing else:
# what remains is Snakemake's own cost. Config: networks and seeds, their numbers.
NETWORKS, SEEDS = range(config["networks"]), range(config["seeds"])
PER_EXPERIMENT = 5
FORMATS = ["svg", "pdf", "png"]
SHOWN = {"energy": NETWORKS}
for first in NETWORKS[::PER_EXPERIMENT]:
    few = NETWORKS[first : first + PER_EXPERIMENT]
    SHOWN |= {f"curves{first}": few, f"anytime{first}": few}


def runs(wildcards):
    networks = SHOWN[wildcards.name] if "name" in wildcards.keys() else NETWORKS
    files = ["train.json", "epochs.csv", "test.json", "steps.csv"]
    return expand("runs/{n}/{s}/{file}", n=networks, s=SEEDS, file=files)


rule all:
    input:
        "tables.md",
        expand("figures/{name}.{format}", name=SHOWN, format=FORMATS),
        expand("figures/neuron{n}.{format}", n=range(3), format=FORMATS),
        expand("figures/examples.{format}", format=FORMATS),
        expand("figures/network_{n}.{format}", n=NETWORKS, format=FORMATS),


rule fetch:
    output:
        expand("raw/{n}", n=range(5)),
    shell:
        "touch {output}"


rule prepare:
    input:
        rules.fetch.output,
    output:
        arrays="data.npz",
        provenance="data.json",
    shell:
        "touch {output}"


rule train:
    input:
        rules.prepare.output,
    output:
        model="runs/{n}/{s}/model.pt",
        epochs="runs/{n}/{s}/epochs.csv",
        power="runs/{n}/{s}/power.csv",
        summary="runs/{n}/{s}/train.json",
    log:
        "logs/train/{n}/{s}.log",
    shell:
        "touch {output}"


rule test:
    input:
        rules.prepare.output,
        rules.train.output.model,
        rules.train.output.summary,
    output:
        "runs/{n}/{s}/test.json",
        "runs/{n}/{s}/steps.csv",
    log:
        "logs/test/{n}/{s}.log",
    shell:
        "touch {output}"


rule tables:
    input:
        runs,
    output:
        "tables.md",
        expand("tables/{n}", n=range(17)),
    shell:
        "touch {output}"


rule of_runs:
    input:
        runs,
    output:
        expand("figures/{{name}}.{format}", format=FORMATS),
    wildcard_constraints:
        name="|".join(SHOWN),
    shell:
        "touch {output}"


rule neuron:
    output:
        expand("figures/neuron{{n}}.{format}", format=FORMATS),
    shell:
        "touch {output}"


rule examples:
    input:
        rules.prepare.output,
    output:
        expand("figures/examples.{format}", format=FORMATS),
    shell:
        "touch {output}"


rule drawing:
    output:
        expand("figures/network_{{n}}.{format}", format=FORMATS),
    shell:
        "touch {output}"
