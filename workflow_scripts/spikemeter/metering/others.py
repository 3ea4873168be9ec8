"""What other processes take of the machine's processors meanwhile.

A time that was metered beside other work is no cost of the network's: torch's threads
wait for each other, and were seen to take twenty times as long.
"""

import time

import psutil

BUSY = ("user", "nice", "system", "irq", "softirq", "steal")


def read_others_s() -> float:
    """Return the processor seconds that all but this process took so far.

    Of all processors together, since the machine started, to 0.01 s; with what a
    hypervisor took for other machines. Only differences mean something.
    """
    times = psutil.cpu_times()
    busy_s = sum(getattr(times, kind, 0.0) for kind in BUSY)
    return float(busy_s - time.process_time())


def compute_share_pct(before_s: float, after_s: float, seconds: float) -> float:
    """Return what others took of all processors in so many seconds, in %."""
    available_s = seconds * (psutil.cpu_count() or 1)
    return min(100.0, max(0.0, 100 * (after_s - before_s) / available_s))
