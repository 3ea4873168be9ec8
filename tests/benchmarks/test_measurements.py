"""What is timed together, and what is left out."""

from unittest.mock import Mock

import pytest
from benchmarks import measurements
from benchmarks.measurements import FULL, Place, time_together, try_each

PLACE = Place("cpu", (0,))


@pytest.fixture
def job(monkeypatch):
    job = Mock(return_value={"seconds": {}})
    monkeypatch.setattr(measurements, "job", job)
    return job


def test_slow_and_failed_candidates_are_left_out(job):
    alone = {
        "snntorch": {"step_s": 1.0},
        "events": {"step_s": 0.1},
        "spyx": {"step_s": FULL.slowest_s + 1},
        "jax": {"error": "not finished within 90 s"},
    }
    time_together(alone, PLACE, {"bundle": "b"}, FULL)
    [started] = job.call_args_list
    assert started.args == ("side_by_side:measure", PLACE)
    assert started.kwargs["candidates"] == ["snntorch", "events"]
    assert started.kwargs["bundle"] == "b"


def test_a_slow_reference_is_timed_all_the_same(job):
    alone = {"snntorch": {"step_s": 60.0}, "norse": {"step_s": 50.0}}
    time_together(alone, PLACE, {}, FULL)
    assert job.call_args.kwargs["candidates"] == ["snntorch", "norse"]


def test_without_the_reference_nothing_is_timed(job):
    alone = {"snntorch": {"error": "killed"}, "events": {"step_s": 0.1}}
    assert time_together(alone, PLACE, {}, FULL) == {
        "error": "snnTorch, its tutorials' loop: killed"
    }
    job.assert_not_called()


def test_each_candidate_has_a_processor_of_its_own(monkeypatch):
    busy, most = set(), []

    def run(target, spec, cores, limit_s):
        assert target == "single_candidate:measure"
        assert not busy & set(cores)
        busy.update(cores)
        most.append(len(busy))
        busy.difference_update(cores)
        return {"step_s": 1.0, "name": spec["candidate"]}

    monkeypatch.setattr(measurements, "run", run)
    monkeypatch.setattr(measurements, "processors", lambda: [3, 5])
    found = try_each(["a", "b", "c"], {"device": "cpu"}, 1.0)
    assert [found[name]["name"] for name in "abc"] == ["a", "b", "c"]
    assert max(most) <= 2
