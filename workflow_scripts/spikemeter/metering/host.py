"""The machine itself as a source: this process's memory and the CPU packages."""

from pathlib import Path
from typing import Any

from spikemeter.metering.memory_use import read_machine_bytes, read_process_bytes
from spikemeter.metering.rapl import POWERCAP, Rapl
from spikemeter.metering.source import UnavailableError

# RAPL counts in steps of about 1 ms: samples closer than this give no power.
SHORTEST_POWER_S = 0.05


class Host:
    """Readings of a CPU run: resident memory, and package energy where readable.

    Power is the mean since the previous sample, so it is no second, independent
    reading of the energy.
    """

    scope = "cpu package"
    counter_name = "rapl"
    lost = None

    def __init__(self, powercap: Path = POWERCAP) -> None:
        self._machine_bytes = read_machine_bytes()
        self._last: tuple[float, float] | None = None
        self._energy_reason = "the power of a CPU needs two samples"
        self._rapl: Rapl | None = None
        try:
            self._rapl = Rapl.open(powercap)
        except UnavailableError as error:
            self._energy_reason = str(error)
        self.meters_energy = self._rapl is not None

    def sample(self, time_s: float) -> dict[str, Any]:
        """Read resident memory and, from the energy since the last time, power."""
        used = read_process_bytes()
        return {
            "power_w": self._power_w(time_s),
            "memory_used_bytes": used,
            "memory_pct": 100 * used / self._machine_bytes,
            "process_bytes": used,
        }

    def _power_w(self, time_s: float) -> float | None:
        try:
            energy_j = self.energy_j()
        except UnavailableError:
            return None
        if self._last is None:
            self._last = (time_s, energy_j)
            return None
        seconds = time_s - self._last[0]
        if seconds < SHORTEST_POWER_S:
            return None
        power_w = (energy_j - self._last[1]) / seconds
        self._last = (time_s, energy_j)
        return power_w

    def energy_j(self) -> float:
        """Return the packages' joules since opening, or raise `UnavailableError`."""
        if self._rapl is None:
            raise UnavailableError(self._energy_reason)
        try:
            return self._rapl.energy_j()
        except UnavailableError as error:
            self._energy_reason = str(error)
            raise

    def reason(self, reading: str) -> str:
        """Return why a reading is missing."""
        if reading == "power_w":
            return self._energy_reason
        return "not read on a CPU"

    def conditions(self) -> dict[str, Any]:
        """Return nothing: the meter describes the machine in every case."""
        return {}

    def close(self) -> None:
        """Do nothing: no file is held open."""
