# From a source to tensors: results/data/{dataset}/raw/, then results/data/{input}.npz.
# The raw files differ by data set, and the outputs of a rule must not: a rule for each.
for DATASET in DATASETS:

    rule:
        name:
            f"fetch_{DATASET}"
        output:
            raw_files(DATASET),
        log:
            f"results/logs/fetch/{DATASET}.log",
        localrule: True
        conda:
            "../envs/spikemeter.yaml"
        params:
            made_from=PLAN.fetch(DATASET),
        message:
            f"Fetch {DATASETS[DATASET].title}, source: {getattr(PLAN.settings.data, DATASET).source}"
        script:
            "../workflow_scripts/fetch.py"


rule prepare:
    input:
        lambda wc: raw_files(PLAN.study.inputs[wc.input].dataset),
    output:
        arrays="results/data/{input}.npz",
        provenance="results/data/{input}.json",
    log:
        "results/logs/prepare/{input}.log",
    conda:
        "../envs/spikemeter.yaml"
    resources:
        mem_mb=lambda wc, attempt: PLAN.needs("prepare", wc.input, attempt).mem_mb,
        runtime=lambda wc, attempt: PLAN.needs("prepare", wc.input, attempt).runtime_min,
    params:
        made_from=lambda wc: PLAN.prepare(wc.input),
    message:
        "Prepare the input {wildcards.input}"
    script:
        "../workflow_scripts/prepare.py"
