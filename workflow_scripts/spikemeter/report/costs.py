"""What a run cost: memory, power and energy, NaN where it was not metered."""

from collections.abc import Callable

import numpy as np

from spikemeter.report.runs import Run


def memory_pct(run: Run) -> float:
    """Return the memory in use in training, the mean of all epochs by their time."""
    memory = run.epochs["memory_pct"] * run.epochs["seconds"]
    return memory.sum(skipna=False) / run.epochs["seconds"].sum()


def power_w(run: Run) -> float:
    """Return the power of the training: energy by time."""
    power = run.epochs["energy_j"].sum(skipna=False) / run.epochs["seconds"].sum()
    return _whole(run, "power_w") if np.isnan(power) else power


def epoch_energy_j(run: Run) -> float:
    """Return the energy of an epoch, the mean of all."""
    return power_w(run) * run.epochs["seconds"].mean()


def inference_energy_j(run: Run) -> float:
    """Return the energy of one test sample."""
    energy_j = run.test["energy_per_pass_j"]
    return np.nan if energy_j is None else float(energy_j) / run.test["samples"]


def of_test(name: str) -> Callable[[Run], float]:
    """Return what gives a reading of the test."""

    def value(run: Run) -> float:
        found = run.test["reading"].get(name)
        return np.nan if found is None else float(found)

    return value


def _whole(run: Run, name: str) -> float:
    """Return a reading over all epochs, for epochs too short to be metered alone.

    NaN where the training took several processes: the reading is the last one's.
    """
    found = run.train["reading"][name] if run.train["sessions"] == 1 else None
    return np.nan if found is None else float(found)
