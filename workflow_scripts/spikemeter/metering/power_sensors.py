"""What is known of the power sensors of boards: how they sample, and how far they err.

A sensor's gain, the factor between its power and the true one, differs from board to
board and cannot be seen from inside: it is part of the error, and never a correction.
"""

from typing import NamedTuple

# Energy by the sensor against an external meter, in %, as Yang et al. found it.
GAINS_PCT = {
    "GeForce RTX 2060 SUPER": 12.7,
    "GeForce RTX 3070 Ti": -3.6,
    "GeForce RTX 3090": -5.6,
    "A100": -5.8,
}
LARGEST_GAIN_PCT = max(map(abs, GAINS_PCT.values()))

# Seconds between two readings, and seconds that a reading is the mean of.
FULL_TIME = (0.1, 0.1)
PART_TIME = (0.1, 0.025)
LAST_SECOND = (0.1, 1.0)
HALF_TIME = (0.02, 0.01)
# By architecture: read from the instant field, and from PowerUsage.
SAMPLING = {
    "Pascal": (HALF_TIME, HALF_TIME),
    "Volta": (HALF_TIME, HALF_TIME),
    "Turing": (FULL_TIME, FULL_TIME),
    "Ampere": (FULL_TIME, LAST_SECOND),
    "Ada": (FULL_TIME, LAST_SECOND),
    "Hopper": (PART_TIME, LAST_SECOND),
}
GA100 = ("A100", "A800", "A30", "CMP 170HX")  # an Ampere that samples like a Hopper


class PowerSensor(NamedTuple):
    """How a sensor samples, and how far its gain may be from 1.

    Attributes
    ----------
    update_s : float
        Seconds between two readings.
    window_s : float
        Seconds before it that a reading is the mean of.
    gain_pct : float
        Half-width of the 95 % interval of the gain, in % of the power.
    """

    update_s: float
    window_s: float
    gain_pct: float

    @property
    def part_time(self) -> bool:
        """Whether it is blind between its windows."""
        return self.window_s < self.update_s


# RAPL is updated every millisecond. No comparison of it with an external meter is known
# to us that holds for all processors, so it gets the largest gain known of a board.
RAPL = PowerSensor(0.001, 0.001, LARGEST_GAIN_PCT)


def describe_sensor(
    board: str | None, architecture: str | None, field: str | None
) -> PowerSensor:
    """Return what is known of a board's power sensor.

    A board that is not listed gets the largest gain, and one of an architecture that
    is not listed is taken to be blind for three quarters of the time.

    Parameters
    ----------
    board, architecture : str or None
        As NVML names them; None if it does not.
    field : str or None
        The field that power is read from.

    References
    ----------
    Yang, Adamek, Armour 2024, doi:10.1109/SC41406.2024.00028; NVIDIA, nvml.h

    Examples
    --------
    >>> describe_sensor("NVIDIA GeForce RTX 3090", "Ampere", "instant, board")
    PowerSensor(update_s=0.1, window_s=0.1, gain_pct=5.6)
    """
    words = f"{board or ''} ".replace("-", " ")
    gains = [gain for name, gain in GAINS_PCT.items() if f"{name} " in words]
    instant, usage = SAMPLING.get(architecture or "", (PART_TIME, PART_TIME))
    if any(f"{name} " in words for name in GA100):
        instant = usage = PART_TIME
    sampling = usage if field == "PowerUsage" else instant
    return PowerSensor(*sampling, *map(abs, gains or [LARGEST_GAIN_PCT]))
