"""The graph of the rules: what Snakemake tells, what is left out, how it is drawn."""

import pytest

from spikemeter.report.figures.rule_edges import (
    dot_edges,
    rule_edges,
    without_shortcuts,
)
from spikemeter.report.figures.rulegraph import layout, rulegraph
from spikemeter.report.figures.style import save

DOT = """digraph snakemake_dag {
    graph[bgcolor=white, margin=0];
\t0[label = "all", color = "0.00 0.6 0.85", style="rounded"];
\t1[label = "train_it", color = "0.62 0.6 0.85", style="rounded"];
\t12[label = "tables", color = "0.53 0.6 0.85", style="rounded"];
\t12 -> 0
\t1 -> 12
}
"""
EDGES = [
    *(("fetch", "prepare"), ("prepare", "train"), ("train", "test")),
    *(("prepare", "examples"), ("test", "tables"), ("test", "curves")),
    *(("curves", "report"), ("examples", "report"), ("neuron", "report")),
    *(("report", "all"), ("tables", "all")),
]
SNAKEFILE = """
configfile: "config.yaml"

rule all:
    input: expand("{name}.txt", name=config["names"])

rule copy:
    input: "raw/{name}"
    output: "{name}.txt"
    shell: "cp {input} {output}"

rule raw:
    output: touch("raw/{name}")
"""


def test_edges_of_what_snakemake_writes():
    assert dot_edges(DOT) == [("tables", "all"), ("train_it", "tables")]


def test_shortcuts_are_left_out():
    shortcuts = [("train", "tables"), ("fetch", "all"), ("prepare", "test")]
    assert without_shortcuts([*EDGES, *shortcuts]) == EDGES


def test_rules_stand_right_of_what_they_read():
    columns, links = layout(EDGES)
    place = {node: x for x, column in enumerate(columns) for node in column}
    rules = {node[0] for node in place if len(node) == 1}
    assert rules == {name for edge in EDGES for name in edge}
    assert all(place[end] == place[start] + 1 for start, end in links)
    assert columns[-1] == [("all",)]
    # Nothing makes what it reads: as far right as the report lets it.
    assert place[("neuron",)] == place[("report",)] - 1


def test_an_edge_passes_the_columns_between():
    columns, links = layout(EDGES)
    way = [("prepare",), *(("prepare", "examples", str(n)) for n in (2, 3))]
    assert set(zip(way, [*way[1:], ("examples",)], strict=True)) <= set(links)
    assert way[1] in columns[2]
    assert way[2] in columns[3]


def test_lines_do_not_cross_without_need():
    columns, links = layout([("a", "x"), ("b", "y"), ("c", "z"), *_to_all("zyx")])
    rows = {node: row for column in columns for row, node in enumerate(column)}
    pairs = [(rows[s], rows[e]) for s, e in links if e[0] in "xyz"]
    assert sorted(pairs) == [(0, 0), (1, 1), (2, 2)]


def test_equal_graphs_give_equal_drawings(tmp_path):
    paths = [tmp_path / "one.svg", tmp_path / "other.svg"]
    for path in paths:
        figure = rulegraph(EDGES)
        save(figure, [path], 50)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    texts = {text.get_text() for text in figure.axes[0].texts}
    assert texts == {name for edge in EDGES for name in edge}


def test_snakemake_is_asked_about_the_config(tmp_path):
    snakefile = tmp_path / "Snakefile"
    snakefile.write_text(SNAKEFILE)
    edges = rule_edges(snakefile, {"names": ["one", "two"]})
    assert edges == [("copy", "all"), ("raw", "copy")]
    assert [path.name for path in tmp_path.iterdir()] == ["Snakefile"]


def test_a_workflow_that_cannot_be_planned(tmp_path, capfd):
    snakefile = tmp_path / "Snakefile"
    snakefile.write_text(SNAKEFILE)
    with pytest.raises(RuntimeError, match=r"no graph of .* \(exit status 1\)"):
        rule_edges(snakefile, {})
    assert "KeyError" in capfd.readouterr().err


def _to_all(names):
    return [(name, "all") for name in names]
