"""Time candidates in turns, in one process."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median, quantiles

import psutil

from benchmarks.peers import Peer

PAUSE_S = 0.02  # before each candidate, so that the threads of the last one sleep
BLOCK_S = 0.05  # of short steps so many are timed at once
SLOW_S = 3.0  # candidates with longer steps take part in the first rounds only
FEWEST_ROUNDS, MOST_ROUNDS = 3, 41
MOST_OTHERS = 0.05  # share of the machine that others may use in what is quoted

Clock = Callable[[], float]


@dataclass
class Series:
    """Seconds of one candidate, one entry a round."""

    train_s: list[float] = field(default_factory=list)
    infer_s: list[float] = field(default_factory=list)


@dataclass
class Disturbance:
    """What else computed meanwhile.

    Attributes
    ----------
    others_share : float
        Share of the machine's processors that other processes used.
    idle_share : float
        Processors that this process used in the pauses, when it should use none.
    """

    others_share: float
    idle_share: float


def choose_clock(threads: int, device: str) -> Clock:
    """Return the processor's clock for one thread, else the wall clock.

    With one thread the processor's clock leaves out what others computed meanwhile.
    """
    return time.process_time if threads == 1 and device == "cpu" else time.perf_counter


def time_in_turns(
    peers: dict[str, Peer], clock: Clock, budget_s: float
) -> tuple[dict[str, Series], Disturbance]:
    """Time training steps and inference, one candidate after the other, in rounds.

    Parameters
    ----------
    peers : dict of Peer
        Each has run both once.
    clock : callable
    budget_s : float
        No round begins later than this; there are at least `FEWEST_ROUNDS`.
    """
    found = {name: Series() for name in peers}
    slow: set[str] = set()
    watch = _Watch()
    start_s = time.perf_counter()
    for number in range(MOST_ROUNDS):
        enough = number >= FEWEST_ROUNDS
        if enough and time.perf_counter() - start_s > budget_s:
            break
        for name, peer in peers.items():
            if enough and name in slow:
                continue
            series = found[name]
            watch.pause()
            series.train_s.append(time_call(peer.train_step, clock))
            series.infer_s.append(time_call(peer.infer, clock))
            if series.train_s[-1] > SLOW_S:
                slow.add(name)
    return found, watch.disturbance()


def time_call(work: Callable[[], object], clock: Clock) -> float:
    """Return the mean seconds of a call; the first one of several is not counted."""
    start_s = clock()
    work()
    once_s = clock() - start_s
    if once_s > BLOCK_S:
        return once_s
    times = max(1, round(BLOCK_S / max(once_s, BLOCK_S / 100)))
    start_s = clock()
    for _ in range(times):
        work()
    return (clock() - start_s) / times


def find_quartiles(values: list[float]) -> tuple[float, float, float]:
    """Return first quartile, median and third quartile."""
    if len(values) == 1:
        return values[0], values[0], values[0]
    first, _, third = quantiles(values, n=4, method="inclusive")
    return first, median(values), third


class _Watch:
    """Counts the processors' time from its making on."""

    def __init__(self) -> None:
        self.start = time.perf_counter(), _busy_s(), time.process_time()
        self.paused_s = self.idle_s = 0.0

    def pause(self) -> None:
        start = time.perf_counter(), time.process_time()
        time.sleep(PAUSE_S)
        self.paused_s += time.perf_counter() - start[0]
        self.idle_s += time.process_time() - start[1]

    def disturbance(self) -> Disturbance:
        passed_s, busy_s, own_s = (
            now - then
            for now, then in zip(
                (time.perf_counter(), _busy_s(), time.process_time()),
                self.start,
                strict=True,
            )
        )
        others = (busy_s - own_s) / (passed_s * (os.cpu_count() or 1))
        return Disturbance(max(others, 0.0), self.idle_s / self.paused_s)


def _busy_s() -> float:
    """Return the seconds that all processors of the machine have worked."""
    times = psutil.cpu_times()
    return sum(times) - times.idle - getattr(times, "iowait", 0.0)
