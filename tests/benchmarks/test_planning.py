"""Plans are metered, and stand beside those of as many jobs without the workflow."""

from itertools import cycle
from unittest.mock import Mock, call

import pytest
from benchmarks import planning
from benchmarks.planning import Cost, compare, measure, plan

MIB = 1 << 20


def test_both_plan_the_same_number_of_jobs():
    networks, seeds = 2, 3
    ours, alone = compare(networks, seeds)
    # Fetch, prepare, tables, the rule with all figures, and of these experiment1,
    # anytime1, energy, examples, neuron and two unrolled.
    assert ours.jobs == alone.jobs == networks * (2 * seeds + 1) + 11
    for cost in (ours, alone):
        assert cost.seconds > 0.1
        assert cost.peak_bytes > 32 * MIB


def test_the_table_holds_medians_peaks_and_the_ratio(monkeypatch):
    turns = [
        (Cost(500, 6.0, 300 * MIB), Cost(500, 2.5, 100 * MIB)),
        (Cost(500, 5.0, 200 * MIB), Cost(500, 2.0, 150 * MIB)),
        (Cost(500, 4.0, 250 * MIB), Cost(500, 9.0, 120 * MIB)),
    ]
    plans = Mock(side_effect=cycle(turns))
    monkeypatch.setattr(planning, "compare", plans)
    _, _, *rows = measure([(30, 3), (9, 2)])["lines"]
    assert plans.mock_calls == [call(30, 3)] * 3 + [call(9, 2)] * 3
    assert rows[0] == "| 30 × 3 | 500 | 5.0 | 10.00 | 300 | 2.5 | 150 | 2.00 |"
    assert rows[1].startswith("| 9 × 2 | 500 |")


def test_workflows_with_other_jobs_are_not_compared(monkeypatch):
    costs = [Cost(7, 1.0, 1), Cost(8, 1.0, 1)]
    monkeypatch.setattr(planning, "plan", Mock(side_effect=costs))
    with pytest.raises(RuntimeError, match=r"7 jobs but .*planning\.smk 8"):
        compare(1, 1)


def test_a_plan_that_fails_says_why(tmp_path):
    path = tmp_path / "Snakefile"
    path.write_text('rule a:\n    output: "b"\n    input: "nowhere"\n')
    with pytest.raises(RuntimeError, match=r"Snakefile cannot be planned: .*nowhere"):
        plan(path, str(tmp_path))
