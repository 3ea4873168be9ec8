"""Energy of one window, from a counter and from sampled power."""

from collections.abc import Sequence

import numpy as np

from spikemeter.metering.source import Sample, UnavailableError


def compute_counted_j(start_j: float | str, end_j: float | str) -> float:
    """Return the joules between two readings of an energy counter.

    Parameters
    ----------
    start_j, end_j : float or str
        The counter, or why it could not be read.

    Raises
    ------
    UnavailableError
        If a reading is missing, or the counter did not move (hardware always draws
        power) or went backwards (the driver was loaded again).
    """
    if isinstance(start_j, str):
        raise UnavailableError(start_j)
    if isinstance(end_j, str):
        raise UnavailableError(end_j)
    if end_j < start_j:
        raise UnavailableError(
            f"the energy counter went backwards, by {start_j - end_j:.0f} J"
        )
    if end_j == start_j:
        raise UnavailableError("the energy counter did not advance")
    return end_j - start_j


def integrate_sampled_j(
    samples: Sequence[Sample], start_s: float, end_s: float, max_gap_s: float
) -> float:
    """Integrate sampled power by the trapezoidal rule.

    Samples outside the window count at its ends, and the first and the last power
    extend to the ends.

    Raises
    ------
    UnavailableError
        If the power is unknown for longer than ``max_gap_s``.
    """
    powered = [sample for sample in samples if sample.power_w is not None]
    times_s = np.clip([sample.time_s for sample in powered], start_s, end_s)
    times_s = np.concatenate(([start_s], times_s, [end_s]))
    gap_s = float(np.diff(times_s).max())
    if not powered or gap_s > max_gap_s:
        raise UnavailableError(f"no power sample for {gap_s:.1f} s")
    power_w = [powered[0].power_w, *(s.power_w for s in powered), powered[-1].power_w]
    return float(np.trapezoid(np.asarray(power_w, dtype=float), times_s))
