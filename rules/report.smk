# Tables, claims, figures and the report page from what the runs left.
# Each job's own process reads this file too: what only one rule needs is a function.
from spikemeter.report.table_names import TABLE_NUMBERS


localrules:
    all,
    tables,
    claims,
    figures,
    figure,
    report,


rule tables:
    input:
        lambda wc: runs_of(ALL_NETWORKS),
    output:
        page="results/tables.md",
        steps="results/tables/anytime_steps.csv",
        files=expand(
            "results/tables/{table}.{format}",
            table=TABLE_NUMBERS,
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
        "Judge the published claims"
    script:
        "../workflow_scripts/claims.py"


rule figure:
    input:
        figure_inputs,
    output:
        figure_files("{figure}"),
    log:
        "results/logs/figures/{figure}.log",
    conda:
        "../envs/spikemeter.yaml"
    params:
        made_from=lambda wc: PLAN.figure(wc.figure),
    message:
        "Draw the figure {wildcards.figure}"
    script:
        "../workflow_scripts/figure.py"


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
        made_from=lambda wc: PLAN.report(),
    message:
        "Write the report"
    script:
        "../workflow_scripts/report.py"


rule figures:
    input:
        every_figure,
