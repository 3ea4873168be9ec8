"""No table mixes old and new numbers, whatever failed on the way to it."""

import re

import pandas as pd
import pytest

from tests.faults.damage import file_instead
from tests.faults.fault import AGAIN, assert_tidy, campaign
from tests.faults.places import RUN
from tests.faults.procedure import assert_belongs
from tests.workflow.comparison import scored
from tests.workflow.study import TABLES

# The other jobs that show the runs.
PAGES_OF_RUNS = [
    *("claims", "figure[anytime1]", "figure[energy]", "figure[experiment1]"),
    "report",
]


@campaign(["one of two changed networks cannot be trained"])
def test_no_table_mixes_old_and_new_numbers(fault, broken, record):
    """A training fails while another network changes: both stay planned for."""
    before = (broken / TABLES).read_text()
    broken.configure(networks__snn__beta=0.5, networks__ann__learning_rate=0.01)
    file_instead(f"{RUN}/resume")(broken)
    failed = broken.run("-k", TABLES)
    assert failed.code != 0
    assert failed.jobs == ["test[ann, 0]", "train[ann, 0]", "train[snn, 0]"]
    assert (broken / TABLES).read_text() == before
    left = ["tables", "test[snn, 0]", "train[snn, 0]"]
    assert broken.plan(TABLES) == left
    assert broken.plan() == [*PAGES_OF_RUNS, *left]

    broken.remove(f"{RUN}/resume")
    repaired = broken.run(TABLES)
    assert repaired.code == 0, repaired.text
    assert repaired.jobs == left
    assert_tidy(broken)
    assert_belongs(broken)
    page = (broken / TABLES).read_text()
    settings = r"Settings \(snn\): 16-10, lif, 5 steps, rate encoding, .* beta 0\.5,"
    assert re.search(settings, page)
    assert "learning rate 0.01, 1 epochs" in page
    drawn = scored(broken.of_run("snn", "test.json"))["draws"]
    accuracy = 100 * drawn["accuracy_mean"]
    table = pd.read_csv(broken / "results/tables/test.csv", index_col="network")
    assert table.loc["snn", "accuracy_pct"] == pytest.approx(accuracy)
    seen = "the line of the training that failed"
    goes_on = f"{AGAIN}: {', '.join(left)}"
    record(fault, seen, "the tables as they were", goes_on)
