"""Turns, rounds and spreads, on a clock that is told the time."""

from itertools import chain, repeat
from unittest.mock import Mock

import pytest
from benchmarks import timing


class Clock:
    now = 0.0

    def __call__(self):
        return self.now

    def work(self, *seconds):
        """Return what takes so long when called, and from the last on the same."""
        durations = chain(seconds, repeat(seconds[-1]))

        def done():
            self.now += next(durations)

        return Mock(side_effect=done)


@pytest.fixture
def clock(monkeypatch):
    monkeypatch.setattr(timing, "PAUSE_S", 0)
    return Clock()


def test_candidates_take_turns(clock):
    peers = Mock()
    peers.a = Mock(train_step=clock.work(1.0), infer=clock.work(0.25))
    peers.b = Mock(train_step=clock.work(2.0), infer=clock.work(0.5))
    found, _ = timing.time_in_turns({"a": peers.a, "b": peers.b}, clock, 0)
    turn = ["a.train_step", "a.infer", "b.train_step", "b.infer"]
    assert [name for name, *_ in peers.mock_calls] == turn * timing.FEWEST_ROUNDS
    assert found["a"].train_s == pytest.approx([1.0] * timing.FEWEST_ROUNDS)
    assert found["b"].infer_s == pytest.approx([0.5] * timing.FEWEST_ROUNDS)


def test_slow_candidates_leave_after_the_first_rounds(clock, monkeypatch):
    monkeypatch.setattr(timing, "MOST_ROUNDS", 5)
    infer = clock.work(0.1)
    peers = {
        "fast": Mock(train_step=clock.work(0.1), infer=infer),
        "slow": Mock(train_step=clock.work(2 * timing.SLOW_S), infer=infer),
    }
    found, _ = timing.time_in_turns(peers, clock, 1e9)
    assert len(found["fast"].train_s) == 5
    assert len(found["slow"].train_s) == timing.FEWEST_ROUNDS


def test_short_work_is_repeated_and_its_first_call_not_counted(clock):
    work = clock.work(0.01, 0.005)
    assert timing.time_call(work, clock) == pytest.approx(0.005)
    assert work.call_count == 1 + 5


def test_one_thread_is_timed_on_its_own_clock():
    assert timing.choose_clock(1, "cpu") is timing.time.process_time
    assert timing.choose_clock(2, "cpu") is timing.time.perf_counter
    assert timing.choose_clock(1, "cuda") is timing.time.perf_counter
