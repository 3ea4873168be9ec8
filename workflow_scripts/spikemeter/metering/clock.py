"""Seconds of work: without the time in which this process was stopped or asleep."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

# A gap this much longer than the meter's interval, in which no work was done.
LEAST_PAUSE_S = 1.0
# Both go on while the machine sleeps; the second is that of macOS.
CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def read_clock() -> float:
    """Return seconds on a clock that goes on while the machine sleeps."""
    return time.clock_gettime(CLOCK)


class WorkClock:
    """A clock that leaves out the pauses of the thread that makes it.

    Something reads it every ``interval_s``. If nothing did for much longer, and the
    thread did not compute meanwhile either, then the process was stopped (SIGSTOP,
    Ctrl-Z, a scheduler's suspend, a frozen container) or the machine slept. What the
    thread computed in the gap is work, and so is how long it waited for a CPU; the rest
    is the pause. If it waited for a GPU before, up to one interval of work is taken for
    a part of the pause.

    Parameters
    ----------
    clock : callable
        Seconds on a clock that goes on in pauses.
    interval_s : float
        The longest time between two readings.

    Attributes
    ----------
    pauses, paused_s : int, float
        Their number and their length so far.

    Examples
    --------
    >>> now_s = [0.0]
    >>> clock = WorkClock(lambda: now_s[0], 0.1)
    >>> now_s[0] = 25.0
    >>> clock.notice_pause(), round(clock.time_s, 1), round(clock.paused_s, 1)
    (True, 0.0, 25.0)
    """

    def __init__(self, clock: Callable[[], float], interval_s: float) -> None:
        self._clock = clock
        self._computed = _make_cpu_clock()
        self._longest_s = interval_s + LEAST_PAUSE_S
        # This thread, and those that read: Python's lock lets one wait for another.
        self._threads = {threading.get_native_id()}
        self._last_s, self._last_busy_s = clock(), self._read_busy_s()
        self.time_s = self.paused_s = 0.0
        self.pauses = 0

    def notice_pause(self) -> bool:
        """Bring ``time_s`` up to date; tell whether there was a pause before."""
        if (reader := threading.get_native_id()) not in self._threads:
            self._threads.add(reader)
            self._last_busy_s += _read_wait_s(reader)
        now_s, busy_s = self._clock(), self._read_busy_s()
        gap_s = now_s - self._last_s
        pause_s = gap_s - min(max(busy_s - self._last_busy_s, 0.0), gap_s)
        self._last_s, self._last_busy_s = now_s, busy_s
        found = pause_s > self._longest_s
        if found:
            self.pauses += 1
            self.paused_s += pause_s
            gap_s -= pause_s
        self.time_s += gap_s
        return found

    def _read_busy_s(self) -> float:
        """Return how long the thread computed and the threads waited for a CPU."""
        return self._computed() + sum(map(_read_wait_s, self._threads))


def _make_cpu_clock() -> Callable[[], float]:
    """Return the CPU seconds of this thread, which any thread may read.

    A system without clocks of threads (macOS) has those of the process.
    """
    if not hasattr(time, "pthread_getcpuclockid"):
        return time.process_time
    clock = time.pthread_getcpuclockid(threading.get_ident())
    return lambda: time.clock_gettime(clock)


def _read_wait_s(thread: int) -> float:
    """Return for how long a thread has waited for a CPU; 0 where Linux does not say."""
    with suppress(OSError):
        counts = Path(f"/proc/self/task/{thread}/schedstat").read_text(encoding="ascii")
        return int(counts.split()[1]) / 1e9
    return 0.0
