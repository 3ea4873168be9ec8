"""The error of a metered energy, from what is known of the sensor and of the phase."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from spikemeter.metering.power_sensors import PowerSensor

COVERAGE = 1.96  # half-width of a normal distribution's 95 % interval, in sd
# What a part-time sensor misses of a load that repeats in step with its windows, in %
# of the energy: what Yang et al. were left with after shifting the load against the
# windows, and what they found without.
SHIFTED_PCT, LOCKED_PCT = 5.0, 20.0
# Into how many parts the time between two readings is divided by shifts.
SHIFTS = 8


class EnergyError(NamedTuple):
    """Half-widths of 95 % intervals.

    Attributes
    ----------
    gain : float
        Of the sensor's gain: a share of the energy, the same in every phase that the
        sensor metered, so that it cancels in ratios.
    other_j : float
        Of everything else, which differs from phase to phase.
    """

    gain: float
    other_j: float

    def total_j(self, energy_j: float, *more_j: float) -> float:
        """Return the half-width for an energy, with further independent errors."""
        return float(np.linalg.norm([self.gain * energy_j, self.other_j, *more_j]))


def estimate_error(
    sensor: PowerSensor,
    power_w: npt.ArrayLike,
    seconds: float,
    counted_j: float | None,
    sampled_j: float | None,
    shifted: bool = False,
) -> EnergyError:
    """Return the error of a phase's energy: the counter's, or else the samples'.

    It combines, as independent, the standard deviations of

    - the sensor's gain,
    - the edges: a counter holds the energy up to its last update, and a sample
      describes the window before it,
    - what a part-time sensor does not see,
    - half the disagreement of the two energies, if there are two.

    Parameters
    ----------
    sensor : PowerSensor
    power_w : array of shape (samples,)
        The samples of the phase, from its start to its end; at least one.
    seconds : float
        Length of the phase.
    counted_j, sampled_j : float or None
        The two energies; one of them at least.
    shifted : bool
        Whether the load was shifted against the sensor's windows.

    References
    ----------
    JCGM 100:2008 (GUM), 5.1.2; Yang, Adamek, Armour 2024,
    doi:10.1109/SC41406.2024.00028

    Examples
    --------
    >>> sensor = PowerSensor(update_s=0.1, window_s=0.1, gain_pct=5.0)
    >>> error = estimate_error(sensor, [100.0] * 100, 10.0, None, 1000.0)
    >>> round(error.total_j(1000.0), 1)
    50.0
    """
    power = np.asarray(power_w, float)
    energy_j = sampled_j if counted_j is None else counted_j
    assert energy_j is not None
    start_w, end_w, spread_w = power[0], power[-1], power.std()
    # The power may step at the edges as far as it does from end to end, or as it
    # fluctuates within the phase.
    step_w = max(abs(end_w - start_w), np.sqrt(2) * spread_w)
    if counted_j is None:
        deviations_j = [(sensor.update_s + sensor.window_s) / 2 * step_w]
    else:
        uniform_s = sensor.update_s / np.sqrt(12)
        deviations_j = [sensor.update_s / 2 * step_w]
        deviations_j += [uniform_s * start_w, uniform_s * end_w]
    if sensor.part_time:
        unseen = 1 - sensor.window_s / sensor.update_s
        readings = seconds / sensor.update_s
        residual_pct = SHIFTED_PCT if shifted else LOCKED_PCT
        deviations_j.append(residual_pct / 100 * energy_j / COVERAGE)
        deviations_j.append(seconds * spread_w * np.sqrt(unseen / readings))
    if counted_j is not None and sampled_j is not None:
        deviations_j.append((counted_j - sampled_j) / np.sqrt(12))
    other_j = COVERAGE * float(np.linalg.norm(deviations_j))
    return EnergyError(sensor.gain_pct / 100, other_j)
