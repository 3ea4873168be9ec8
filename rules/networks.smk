# One process trains, or tests, one network with one seed: results/runs/{network}/seed{seed}/.
# The resource `meter` keeps metered jobs apart; profiles/default allows one at a time.


def prepared(wildcards):
    """The input that a network sees."""
    name = PLAN.config.networks[wildcards.network].settings.input
    return {
        "arrays": f"results/data/{name}.npz",
        "provenance": f"results/data/{name}.json",
    }


rule train:
    input:
        unpack(prepared),
    output:
        model="results/runs/{network}/seed{seed}/model.pt",
        epochs="results/runs/{network}/seed{seed}/epochs.csv",
        power="results/runs/{network}/seed{seed}/power.csv",
        summary="results/runs/{network}/seed{seed}/train.json",
    params:
        made_from=lambda wc: PLAN.train(wc.network),
        resume="results/runs/{network}/seed{seed}/resume/state.pt",
    log:
        "results/logs/train/{network}/seed{seed}.log",
    conda:
        "../envs/spikemeter.yaml"
    resources:
        meter=1,
    message:
        "Train {wildcards.network}, seed {wildcards.seed}"
    script:
        "../workflow_scripts/train.py"


rule test:
    input:
        unpack(prepared),
        model=rules.train.output.model,
        summary=rules.train.output.summary,
    output:
        summary="results/runs/{network}/seed{seed}/test.json",
    params:
        made_from=lambda wc: PLAN.test(wc.network),
    log:
        "results/logs/test/{network}/seed{seed}.log",
    conda:
        "../envs/spikemeter.yaml"
    resources:
        meter=1,
    message:
        "Test {wildcards.network}, seed {wildcards.seed}"
    script:
        "../workflow_scripts/test.py"
