"""The report of a study that ran: made by one command, and made again from itself."""

import html
import re

PAGE = "results/report.html"
LARGEST_BYTES = 10_000_000


def test_one_command_makes_the_page_and_all_that_it_shows(fresh):
    jobs = {job.partition("[")[0] for job in fresh.plan(PAGE)}
    assert {"fetch_mnist", "train", "test", "figure", "report"} <= jobs
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
