"""The machine itself as a source: this process's memory and the CPU packages.

The packages' energy is from the kernel's powercap files (Intel and AMD).
"""

from pathlib import Path
from typing import Any

import psutil

from spikemeter.metering.source import Source, UnavailableError

# RAPL counts in steps of about 1 ms: samples closer than this give no power.
SHORTEST_POWER_S = 0.05
POWERCAP = Path("/sys/class/powercap")


class Host(Source):
    """Readings of a CPU run: resident memory, and package energy where readable.

    Power is the mean since the previous sample, so it is no second, independent
    reading of the energy.
    """

    scope = "cpu package"
    counter_name = "rapl"

    def __init__(self, powercap: Path = POWERCAP) -> None:
        self._machine_bytes = psutil.virtual_memory().total
        self._last: tuple[float, float] | None = None
        self._energy_reason = "the power of a CPU needs two samples"
        self._rapl: Rapl | None = None
        try:
            self._rapl = Rapl(powercap)
        except UnavailableError as error:
            self._energy_reason = str(error)
        self.meters_energy = self._rapl is not None

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
        return self._energy_reason if reading == "power_w" else "not read on a CPU"


class Rapl:
    """The sum of the energy counters of all CPU packages below ``root``.

    A counter wraps to 0 at ``max_energy_range_uj`` (an hour or so under load);
    the meter's sampling reads it more often than that, which keeps the sum right.

    UnavailableError says why, if there are none or they may not be read.

    References
    ----------
    Linux kernel, Documentation/power/powercap/powercap.rst
    """

    def __init__(self, root: Path = POWERCAP) -> None:
        # Only whole packages: they contain the core, uncore and dram zones, and the
        # psys zone of some laptops contains them.
        zones = [
            zone
            for zone in sorted(root.glob("intel-rapl:*"))
            if read_text(zone / "name").startswith("package")
        ]
        if not zones:
            raise UnavailableError("no RAPL on this machine")
        self._ranges_uj = {z: read_uj(z / "max_energy_range_uj") for z in zones}
        self._last_uj = {z: read_uj(z / "energy_uj") for z in zones}
        self._used_uj = 0
        self._broken: str | None = None

    def energy_j(self) -> float:
        """Return the joules since the opening.

        UnavailableError if a counter cannot be read, or was set back and lost its past.
        """
        for zone, range_uj in self._ranges_uj.items():
            now_uj = read_uj(zone / "energy_uj")
            step_uj = (now_uj - self._last_uj[zone]) % range_uj
            # No package uses half of its counter's range between two samples.
            if step_uj > range_uj / 2:
                self._broken = f"the RAPL counter {zone.name} was set back"
            self._used_uj += step_uj
            self._last_uj[zone] = now_uj
        if self._broken:
            raise UnavailableError(self._broken)
        return self._used_uj / 1e6


def read_text(path: Path) -> str:
    """Return the text of a powercap file, or raise `UnavailableError`."""
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        raise UnavailableError(f"RAPL not readable: {why}: {path}") from error


def read_uj(path: Path) -> int:
    """Return the number in a powercap file, or raise `UnavailableError`."""
    text = read_text(path)
    if not text.isdecimal():
        raise UnavailableError(f"RAPL not readable: {text!r} is no count: {path}")
    return int(text)
