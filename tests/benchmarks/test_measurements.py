"""What is timed together, and what is left out."""

import pytest
from benchmarks import measurements
from benchmarks.measurements import FULL, Place, time_together, try_each

PLACE = Place("cpu", (0,))


@pytest.fixture
def jobs(monkeypatch):
    started = []

    def start(target, place, **spec):
        started.append((target, place, spec))
        return {"seconds": {}}

    monkeypatch.setattr(measurements, "job", start)
    return started


def test_slow_and_failed_candidates_are_left_out(jobs):
    alone = {
        "snntorch": {"step_s": 1.0},
        "events": {"step_s": 0.1},
        "spyx": {"step_s": FULL.slowest_s + 1},
        "jax": {"error": "not finished within 90 s"},
    }
    time_together(alone, PLACE, {"bundle": "b"}, FULL)
    [(target, place, spec)] = jobs
    assert target == "side_by_side:measure"
    assert place == PLACE
    assert spec["candidates"] == ["snntorch", "events"]
    assert spec["bundle"] == "b"


def test_a_slow_reference_is_timed_all_the_same(jobs):
    alone = {"snntorch": {"step_s": 60.0}, "norse": {"step_s": 50.0}}
    time_together(alone, PLACE, {}, FULL)
    assert jobs[0][2]["candidates"] == ["snntorch", "norse"]


def test_without_the_reference_nothing_is_timed(jobs):
    alone = {"snntorch": {"error": "killed"}, "events": {"step_s": 0.1}}
    assert time_together(alone, PLACE, {}, FULL) == {
        "error": "snnTorch, its tutorials' loop: killed"
    }
    assert not jobs


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
