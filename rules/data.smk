# From a source to tensors: results/data/{dataset}/raw/, then results/data/{input}.npz.
localrules:
    fetch_mnist,
    fetch_cifar10,
    fetch_nmnist,


rule fetch_mnist:
    output:
        raw_files("mnist"),
    log:
        "results/logs/fetch/mnist.log",
    conda:
        "../envs/spikemeter.yaml"
    params:
        made_from=PLAN.fetch("mnist"),
    message:
        f"Fetch MNIST, source: {PLAN.config.data['mnist'].source}"
    script:
        "../workflow_scripts/fetch.py"


rule fetch_cifar10:
    output:
        raw_files("cifar10"),
    log:
        "results/logs/fetch/cifar10.log",
    conda:
        "../envs/spikemeter.yaml"
    params:
        made_from=PLAN.fetch("cifar10"),
    message:
        f"Fetch CIFAR-10, source: {PLAN.config.data['cifar10'].source}"
    script:
        "../workflow_scripts/fetch.py"


rule fetch_nmnist:
    output:
        raw_files("nmnist"),
    log:
        "results/logs/fetch/nmnist.log",
    conda:
        "../envs/spikemeter.yaml"
    params:
        made_from=PLAN.fetch("nmnist"),
    message:
        f"Fetch N-MNIST, source: {PLAN.config.data['nmnist'].source}"
    script:
        "../workflow_scripts/fetch.py"


rule prepare_images:
    input:
        lambda wc: raw_files(PLAN.config.inputs[wc.images].dataset),
    output:
        arrays="results/data/{images}.npz",
        provenance="results/data/{images}.json",
    log:
        "results/logs/prepare/{images}.log",
    conda:
        "../envs/spikemeter.yaml"
    resources:
        mem_mb=lambda wc, attempt: PLAN.needs("prepare", wc.images, attempt).mem_mb,
        runtime=lambda wc, attempt: PLAN.needs(
            "prepare", wc.images, attempt
        ).runtime_min,
    params:
        made_from=lambda wc: PLAN.prepare(wc.images),
    message:
        "Prepare the images {wildcards.images}"
    script:
        "../workflow_scripts/prepare_images.py"


rule prepare_events:
    input:
        lambda wc: raw_files(PLAN.config.inputs[wc.events].dataset),
    output:
        arrays="results/data/{events}.npz",
        provenance="results/data/{events}.json",
    log:
        "results/logs/prepare/{events}.log",
    conda:
        "../envs/spikemeter.yaml"
    resources:
        mem_mb=lambda wc, attempt: PLAN.needs("prepare", wc.events, attempt).mem_mb,
        runtime=lambda wc, attempt: PLAN.needs(
            "prepare", wc.events, attempt
        ).runtime_min,
    params:
        made_from=lambda wc: PLAN.prepare(wc.events),
    message:
        "Denoise and frame the recordings {wildcards.events}"
    script:
        "../workflow_scripts/prepare_events.py"
