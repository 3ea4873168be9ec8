"""The interface of a source of readings: a GPU board, or the host itself."""

from typing import Any, NamedTuple

from spikemeter.metering.power_sensors import PowerSensor


class UnavailableError(RuntimeError):
    """A reading that this machine does not give; the message is the reason."""


class Sample(NamedTuple):
    """All readings of one moment; a missing value is None.

    ``time_s`` counts from the opening of the meter. ``memory_used_bytes`` is of the
    whole board on CUDA and of this process on a CPU. ``memory_utilisation_pct`` is
    the share of time in which memory was read or written, not occupancy.
    """

    time_s: float
    phase: str | None = None
    power_w: float | None = None
    memory_used_bytes: int | None = None
    memory_pct: float | None = None
    process_bytes: int | None = None
    gpu_utilisation_pct: float | None = None
    memory_utilisation_pct: float | None = None
    temperature_c: float | None = None
    sm_clock_mhz: float | None = None
    throttle_bits: int | None = None


# The columns of power.csv: all but the throttle bits.
SAMPLE_COLUMNS = Sample._fields[:-1]


class Source:
    """A source of readings; what it does not override, it does not read.

    ``scope`` is what the energy covers, ``counter_name`` the ``energy_source`` of a
    reading whose energy is from ``energy_j``, ``meters_energy`` whether power or energy
    can be read, ``sensor`` what is known of the sensor behind them, ``counts_pauses``
    whether ``energy_j`` goes on in a pause of the process, ``lost`` why nothing can be
    read any more.
    """

    scope = "board"
    counter_name = "counter"
    meters_energy = False
    counts_pauses = True
    sensor: PowerSensor | None = None
    lost: str | None = None

    def __init__(self, lost: str | None = None) -> None:
        self.lost = lost

    def sample(self, time_s: float) -> dict[str, Any]:
        """Read, at ``time_s``, the fields of `Sample` that can be read."""
        return {}

    def energy_j(self) -> float:
        """Return the joules since a fixed moment, or raise `UnavailableError`."""
        raise UnavailableError(self.reason("energy_j"))

    def dram_j(self) -> float:
        """Return the joules of the memory modules, or raise `UnavailableError`."""
        raise UnavailableError("the energy of the memory modules is read on a CPU only")

    def skip_pause(self) -> None:
        """Leave out what was used since the last reading, if it can be told apart."""

    def reason(self, reading: str) -> str:
        """Return why a field of `Sample` is missing."""
        return self.lost or "not sampled"

    def conditions(self) -> dict[str, Any]:
        """Describe the source; a value that cannot be read is None."""
        return {}

    def close(self) -> None:
        """Close the source."""
