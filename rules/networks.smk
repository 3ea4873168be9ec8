# One process trains, or tests, one network with one seed: results/runs/{network}/seed{seed}/.
# The resource `meter` keeps metered jobs apart; profiles/default allows one at a time.
# On a cluster such a job has a node to itself, and asks for more with every attempt.
# A finished run is made again only if it is not of the present settings, data and code.


rule train:
    input:
        unpack(inputs_of("train")),
    output:
        model="results/runs/{network}/seed{seed}/model.pt",
        epochs="results/runs/{network}/seed{seed}/epochs.csv",
        power="results/runs/{network}/seed{seed}/power.csv",
        summary="results/runs/{network}/seed{seed}/train.json",
    log:
        "results/logs/train/{network}/seed{seed}.log",
    conda:
        "../envs/spikemeter.yaml"
    resources:
        meter=1,
        slurm_extra="--exclusive",
        gpu=lambda wc: PLAN.needs("train", wc.network).gpu,
        mem_mb=lambda wc, attempt: PLAN.needs("train", wc.network, attempt).mem_mb,
        runtime=lambda wc, attempt: PLAN.needs("train", wc.network, attempt).runtime_min,
    params:
        made_from=lambda wc: PLAN.train(wc.network),
    message:
        "Train {wildcards.network}, seed {wildcards.seed} "
        "(asks a cluster for {resources.gpu} GPU, {resources.mem_mb} MB, "
        "{resources.runtime} minutes)"
    script:
        "../workflow_scripts/train.py"


rule test:
    input:
        unpack(inputs_of("test")),
    output:
        steps="results/runs/{network}/seed{seed}/steps.csv",
        summary="results/runs/{network}/seed{seed}/test.json",
    log:
        "results/logs/test/{network}/seed{seed}.log",
    conda:
        "../envs/spikemeter.yaml"
    resources:
        meter=1,
        slurm_extra="--exclusive",
        gpu=lambda wc: PLAN.needs("test", wc.network).gpu,
        mem_mb=lambda wc, attempt: PLAN.needs("test", wc.network, attempt).mem_mb,
        runtime=lambda wc, attempt: PLAN.needs("test", wc.network, attempt).runtime_min,
    params:
        made_from=lambda wc: PLAN.test(wc.network, int(wc.seed)),
    message:
        "Test {wildcards.network}, seed {wildcards.seed} "
        "(asks a cluster for {resources.gpu} GPU, {resources.mem_mb} MB, "
        "{resources.runtime} minutes)"
    script:
        "../workflow_scripts/test.py"
