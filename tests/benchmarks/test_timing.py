"""Turns, rounds and spreads, on a clock that is told the time."""

import pytest
from benchmarks import timing


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


class Worker:
    def __init__(self, clock, name, train_s, infer_s, log):
        self.clock, self.name, self.log = clock, name, log
        self.train_s, self.infer_s = train_s, infer_s

    def train_step(self):
        self.clock.now += self.train_s
        self.log.append(self.name)

    def infer(self):
        self.clock.now += self.infer_s


def test_candidates_take_turns(monkeypatch):
    monkeypatch.setattr(timing, "PAUSE_S", 0)
    clock, log = Clock(), []
    peers = {
        "a": Worker(clock, "a", 1.0, 0.25, log),
        "b": Worker(clock, "b", 2.0, 0.5, log),
    }
    found, _ = timing.time_in_turns(peers, clock, 0)
    assert log == ["a", "b"] * timing.FEWEST_ROUNDS
    assert found["a"].train_s == pytest.approx([1.0] * timing.FEWEST_ROUNDS)
    assert found["b"].infer_s == pytest.approx([0.5] * timing.FEWEST_ROUNDS)


def test_slow_candidates_leave_after_the_first_rounds(monkeypatch):
    monkeypatch.setattr(timing, "PAUSE_S", 0)
    monkeypatch.setattr(timing, "MOST_ROUNDS", 5)
    clock, log = Clock(), []
    peers = {
        "fast": Worker(clock, "fast", 0.1, 0.1, log),
        "slow": Worker(clock, "slow", 2 * timing.SLOW_S, 0.1, log),
    }
    found, _ = timing.time_in_turns(peers, clock, 1e9)
    assert len(found["fast"].train_s) == 5
    assert len(found["slow"].train_s) == timing.FEWEST_ROUNDS


def test_short_work_is_repeated_and_its_first_call_not_counted():
    clock, calls = Clock(), []

    def work():
        calls.append(1)
        clock.now += 0.01 if len(calls) == 1 else 0.005

    assert timing.time_call(work, clock) == pytest.approx(0.005)
    assert len(calls) == 1 + 5


def test_one_thread_is_timed_on_its_own_clock():
    assert timing.choose_clock(1, "cpu") is timing.time.process_time
    assert timing.choose_clock(2, "cpu") is timing.time.perf_counter
    assert timing.choose_clock(1, "cuda") is timing.time.perf_counter
