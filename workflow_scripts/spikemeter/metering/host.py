"""The machine itself as a source: this process's memory and the CPU packages."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from spikemeter.metering.power_sensors import RAPL
from spikemeter.metering.source import Source, UnavailableError

# RAPL counts in steps of about 1 ms: samples closer than this give no power.
SHORTEST_POWER_S = 0.05
# No CPU package draws more, and a counter is read that much late at most.
MOST_W, LATE_S = 1000.0, 0.1
POWERCAP = Path("/sys/class/powercap")


class Host(Source):
    """Readings of a CPU run: resident memory, and package energy where readable.

    The energy is the sum of the kernel's powercap counters of all CPU packages (Intel
    and AMD). A counter wraps to 0 at ``max_energy_range_uj`` (an hour or so under
    load); the meter's sampling reads it more often than that, which keeps the sum
    right. If the process was stopped for so long that a counter may have wrapped
    unseen, or a counter rose by more than `MOST_W`, the sum is not known. Power is the
    mean since the previous sample, so it is no second, independent reading of the
    energy.

    References
    ----------
    Linux kernel, Documentation/power/powercap/powercap.rst
    """

    scope = "cpu package"
    counter_name = "rapl"

    def __init__(
        self,
        powercap: Path = POWERCAP,
        clock: Callable[[], float] = lambda: time.clock_gettime(time.CLOCK_BOOTTIME),
    ) -> None:
        self._clock = clock  # it goes on while the machine sleeps
        self._machine_bytes = psutil.virtual_memory().total
        self._last: tuple[float, float] | None = None
        self._reason = "the power of a CPU needs two samples"
        self._broken: str | None = None
        self._used_uj = 0
        self._last_uj: dict[Path, int] = {}
        self._ranges_uj: dict[Path, int] = {}
        try:
            # Only whole packages: they contain the core, uncore and dram zones, and the
            # psys zone of some laptops contains them.
            zones = [
                zone
                for zone in sorted(powercap.glob("intel-rapl:*"))
                if _read_text(zone / "name").startswith("package")
            ]
            if not zones:
                raise UnavailableError("no RAPL on this machine")
            self._read_s = clock()
            self._last_uj = {z: _read_uj(z / "energy_uj") for z in zones}
            self._ranges_uj = {z: _read_uj(z / "max_energy_range_uj") for z in zones}
        except UnavailableError as error:
            self._broken = self._reason = str(error)
        self.meters_energy = self._broken is None
        self.sensor = RAPL if self.meters_energy else None

    def sample(self, time_s: float) -> dict[str, Any]:
        """Read resident memory and, from the energy since the last time, power."""
        used = psutil.Process().memory_info().rss
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
        last = self._last
        if last and time_s - last[0] < SHORTEST_POWER_S:
            return None
        self._last = (time_s, energy_j)
        return (energy_j - last[1]) / (time_s - last[0]) if last else None

    def energy_j(self) -> float:
        """Return the packages' joules since the opening.

        Raises UnavailableError if a counter cannot be read, or lost its past.
        """
        if self._broken:
            raise UnavailableError(self._broken)
        try:
            gap_s = self._clock() - self._read_s
            most_uj = MOST_W * (gap_s + LATE_S) * 1e6
            for zone, range_uj in self._ranges_uj.items():
                now_uj = _read_uj(zone / "energy_uj")
                step_uj = (now_uj - self._last_uj[zone]) % range_uj
                if not step_uj <= most_uj < range_uj:
                    why = "set back"
                    if most_uj >= range_uj:
                        why = f"not read for {gap_s:.0f} s and may have wrapped"
                    self._broken = f"the RAPL counter {zone.name} was {why}"
                    raise UnavailableError(self._broken)
                self._used_uj += step_uj
                self._last_uj[zone] = now_uj
            self._read_s += gap_s
        except UnavailableError as error:
            self._reason = str(error)
            raise
        return self._used_uj / 1e6

    def reason(self, reading: str) -> str:
        """Return why a reading is missing."""
        return self._reason if reading == "power_w" else "not read on a CPU"


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        raise UnavailableError(f"RAPL not readable: {why}: {path}") from error


def _read_uj(path: Path) -> int:
    text = _read_text(path)
    if not text.isdecimal():
        raise UnavailableError(f"RAPL not readable: {text!r} is no count: {path}")
    return int(text)
