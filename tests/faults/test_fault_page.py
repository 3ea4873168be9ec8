"""docs/faults.md tells of all faults that the campaign causes, and of no other."""

import importlib
import os
from pathlib import Path

import pytest

from tests.faults.fault import QUICK, TITLES
from tests.faults.page import Row, page, titles
from tests.workflow.study import ROOT

LEAST = 60


@pytest.mark.skipif("FAULTS_PAGE" in os.environ, reason="it is being written")
def test_the_page_names_exactly_the_faults_of_the_campaign():
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        importlib.import_module(f"tests.faults.{path.stem}")
    assert len(TITLES) == len({*TITLES}) >= LEAST
    assert {*TITLES} >= QUICK
    named = titles((ROOT / "docs/faults.md").read_text(encoding="utf-8"))
    assert named == sorted(TITLES)


def test_equal_observations_give_an_equal_page():
    rows = [Row("b", "a | b", {"z", "c"}, "run again"), Row("a", "nothing", "x", "y")]
    assert page(rows) == page(rows[::-1])
    assert titles(page(rows)) == ["a", "b"]
    assert r"| `a \| b` | `c`, `z` | run again |" in page(rows)
