"""CPU time of the other processes of the machine during a measurement.

A time that was metered while other processes worked is not the network's cost:
torch's threads wait for each other and may take 20× longer.
"""

import time

import psutil

BUSY = ("user", "nice", "system", "irq", "softirq", "steal")


def read_others_s() -> float:
    """Return the CPU seconds that all other processes took so far.

    The sum over all CPUs since the machine started, to 0.01 s, including what a
    hypervisor took for other machines. Only differences are meaningful.
    """
    times = psutil.cpu_times()
    busy_s = sum(getattr(times, kind, 0.0) for kind in BUSY)
    return float(busy_s - time.process_time())


def compute_share_pct(before_s: float, after_s: float, seconds: float) -> float:
    """Return the share of all CPUs that others took in ``seconds``, in %."""
    available_s = seconds * (psutil.cpu_count() or 1)
    return min(100.0, max(0.0, 100 * (after_s - before_s) / available_s))
