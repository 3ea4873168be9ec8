"""The report of a study that ran: made by one command, and made again from itself."""

import html
import re

import yaml

from spikemeter.report.figures.rule_edges import rule_edges

PAGE = "results/report.html"
LARGEST_BYTES = 10_000_000


def test_one_command_makes_the_page_and_all_that_it_shows(fresh):
    jobs = {job.partition("[")[0] for job in fresh.plan(PAGE)}
    assert {"fetch_mnist", "train", "test", "curves", "rulegraph", "report"} <= jobs
    assert not {"tables", "claims", "all"} & jobs


def test_the_page_holds_every_figure(complete):
    page = (complete / PAGE).read_text()
    figures = list((complete / "results/figures").glob("*.svg"))
    assert page.count("<img ") == len(figures) > 10
    assert len(page.encode()) < LARGEST_BYTES


def test_equal_results_give_an_equal_page(study):
    before = (study / PAGE).read_bytes()
    (study / PAGE).unlink()
    assert study.run(PAGE).jobs == ["report"]
    assert (study / PAGE).read_bytes() == before


def test_the_config_on_the_page_is_that_of_the_study(study):
    page = (study / PAGE).read_text()
    shown = re.search(r'aria-label="The config">(.*?)</pre>', page, re.DOTALL)
    (study / "config.yaml").write_text(html.unescape(shown.group(1)))
    assert study.plan() == []


def test_the_graph_has_the_rules_that_ran(complete):
    config = yaml.safe_load((complete / "config.yaml").read_text())
    edges = rule_edges(complete / "Snakefile", config)
    assert {("prepare_images", "train"), ("train", "test"), ("test", "tables")} <= {
        *edges
    }
    # The report reads runs, but figures of them too: no line is needed.
    assert ("test", "report") not in edges
    logs = complete / "results/logs"
    ran = {
        path.relative_to(logs).parts[0].removesuffix(".log") for path in logs.glob("*")
    }
    assert {"tables", "claims", "report", "train", "test"} <= ran
    assert ran - {"fetch", "prepare", "figures"} <= {
        rule for edge in edges for rule in edge
    }


def test_the_graph_is_drawn_under_another_config(study):
    outcome = study.run("results/figures/rulegraph.svg", "--config", "experiments=[1]")
    assert outcome.code == 0, outcome.text
    assert outcome.jobs == ["rulegraph"]
