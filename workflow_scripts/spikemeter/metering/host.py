"""The machine itself as a source: this process's memory and the CPU packages."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from spikemeter.metering.clock import read_clock
from spikemeter.metering.control_groups import read_memory_limit_bytes
from spikemeter.metering.power_sensors import RAPL
from spikemeter.metering.source import Source, UnavailableError

# RAPL counts in steps of about 1 ms: samples closer than this give no power.
SHORTEST_POWER_S = 0.05
# No CPU package draws more, and a counter is read that much late at most.
MOST_W, LATE_S = 1000.0, 0.1
POWERCAP = Path("/sys/class/powercap")


class RaplCounters:
    """The kernel's powercap counters of one kind of zone, added up.

    A counter wraps to 0 at ``max_energy_range_uj`` (an hour or so under load); frequent
    readings keep the sum right. If a counter may have wrapped unseen, or rose by more
    than `MOST_W`, the sum is not known any more.

    Parameters
    ----------
    powercap : Path
        The folder of the zones.
    kind : str
        How their names begin: ``package`` or ``dram``, which no package includes.
    clock : callable
        Seconds on a clock that goes on while the machine sleeps.

    Attributes
    ----------
    names : list of str
        The zones, by folder and name; empty if they cannot be read.

    References
    ----------
    Linux kernel, Documentation/power/powercap/powercap.rst; Intel SDM, volume 3B,
    "Package RAPL Domain" and "DRAM RAPL Domain"
    """

    def __init__(self, powercap: Path, kind: str, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._used_uj = 0
        self._ranges_uj: dict[Path, int] = {}
        self.names: list[str] = []
        self.broken: str | None = None
        try:
            zones = sorted(powercap.glob("intel-rapl:*"))
            for zone in zones:
                if (name := _read_text(zone / "name")).startswith(kind):
                    self._ranges_uj[zone] = _read_range_uj(zone)
                    self.names.append(f"{zone.name} {name}")
            if not self.names:
                found = f"RAPL counts no {kind}" if zones else "no RAPL"
                raise UnavailableError(f"{found} on this machine")
        except UnavailableError as error:
            self.broken = str(error)
        self.skip()

    def skip(self) -> None:
        """Leave out what was counted since the last reading."""
        try:
            self._last_uj = {z: _read_uj(z / "energy_uj") for z in self._ranges_uj}
        except UnavailableError as error:
            self.broken = str(error)
        self._read_s = self._clock()

    def energy_j(self) -> float:
        """Return the joules since the opening, without what was skipped.

        Raises UnavailableError if a counter cannot be read, or lost its past.
        """
        if self.broken:
            raise UnavailableError(self.broken)
        gap_s = self._clock() - self._read_s
        most_uj = MOST_W * (gap_s + LATE_S) * 1e6
        for zone, range_uj in self._ranges_uj.items():
            now_uj = _read_uj(zone / "energy_uj")
            step_uj = (now_uj - self._last_uj[zone]) % range_uj
            if not step_uj <= most_uj < range_uj:
                why = "set back"
                if most_uj >= range_uj:
                    why = f"not read for {gap_s:.0f} s and may have wrapped"
                self.broken = f"the RAPL counter {zone.name} was {why}"
                raise UnavailableError(self.broken)
            self._used_uj += step_uj
            self._last_uj[zone] = now_uj
        self._read_s += gap_s
        return self._used_uj / 1e6


class Host(Source):
    """Readings of a CPU run: resident memory, and energy where RAPL is readable.

    The energy is that of all CPU packages (Intel and AMD); that of the memory modules
    comes apart. Core and uncore zones lie inside packages, and the psys zone of some
    laptops around them: they are not read. Power is the mean since the previous
    sample, so it is no second, independent reading of the energy.
    """

    scope = "cpu package"
    counter_name = "rapl"
    counts_pauses = False

    def __init__(
        self, powercap: Path = POWERCAP, clock: Callable[[], float] = read_clock
    ) -> None:
        machine_bytes = psutil.virtual_memory().total
        self._memory_bytes = min(
            machine_bytes, read_memory_limit_bytes() or machine_bytes
        )
        self._last: tuple[float, float] | None = None
        self._package = RaplCounters(powercap, "package", clock)
        self._dram = RaplCounters(powercap, "dram", clock)
        self._reason = self._package.broken or "the power of a CPU needs two samples"
        self.meters_energy = self._package.broken is None
        self.sensor = RAPL if self.meters_energy else None

    def sample(self, time_s: float) -> dict[str, Any]:
        """Read resident memory and, from the energy since the last time, power."""
        used = psutil.Process().memory_info().rss
        return {
            "power_w": self._power_w(time_s),
            "memory_used_bytes": used,
            "memory_pct": 100 * used / self._memory_bytes,
            "process_bytes": used,
        }

    def _power_w(self, time_s: float) -> float | None:
        with suppress(UnavailableError):
            self._dram.energy_j()  # often enough, as that of the packages
        try:
            energy_j = self.energy_j()
        except UnavailableError as error:
            self._reason = str(error)
            return None
        last = self._last
        if last and time_s - last[0] < SHORTEST_POWER_S:
            return None
        self._last = (time_s, energy_j)
        return (energy_j - last[1]) / (time_s - last[0]) if last else None

    def energy_j(self) -> float:
        """Return the packages' joules, see `RaplCounters.energy_j`."""
        return self._package.energy_j()

    def dram_j(self) -> float:
        """Return the memory modules' joules, see `RaplCounters.energy_j`."""
        return self._dram.energy_j()

    def skip_pause(self) -> None:
        """Leave out the energy since the last reading."""
        for counters in (self._package, self._dram):
            counters.skip()

    def reason(self, reading: str) -> str:
        """Return why a reading is missing."""
        return self._reason if reading == "power_w" else "not read on a CPU"

    def conditions(self) -> dict[str, Any]:
        """Name the domains whose energy is read."""
        return {"energy_domains": [*self._package.names, *self._dram.names]}


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


def _read_range_uj(zone: Path) -> int:
    path = zone / "max_energy_range_uj"
    if (range_uj := _read_uj(path)) == 0:
        raise UnavailableError(f"RAPL not readable: a range of 0: {path}")
    return range_uj
