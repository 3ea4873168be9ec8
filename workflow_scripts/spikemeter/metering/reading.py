"""The numbers of one metered window, from its samples and counter readings."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cached_property, partial, reduce
from operator import attrgetter, methodcaller, or_
from statistics import fmean
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import psutil

from spikemeter.metering.energy_error import COVERAGE, EnergyError, estimate_error
from spikemeter.metering.source import Sample, Source, UnavailableError

# Sensors and counters publish every 0.1 s only, and the CPU time of others counts in
# steps of 0.01 s: a shorter window gets neither energy nor power nor that time.
MINIMUM_S = 1.0
# Two energies that differ by more get a note.
DISAGREEMENT_PCT = 10.0
PAUSED = "stopped or asleep for {:.1f} s"
THROTTLED = "held back by a CPU quota for {:.1f} s, added up over the CPUs"


@dataclass(frozen=True)
class Reading:
    """The cost of one window; unmeasured values are None.

    ``energy_j`` is the counter's where there is one (``energy_source`` is then
    ``counter`` or, on a CPU, ``rapl``), else the sampled power integrated
    (``sampled``). ``dram_energy_j``, of the memory modules of a CPU, is no part of it.
    Memory percentages are of the whole board, driver's reserve included, on CUDA, and
    of this process in the machine's memory, or the container's limit, on a CPU.
    The ``paused_s`` are in no other number. ``throttled_s`` is how long a CPU quota
    held processes of the control group back, added up over the CPUs.
    ``net_energy_j`` is the energy less idle power × seconds. ``energy_error_j`` and
    ``net_energy_error_j`` are half-widths of 95 % intervals, and
    ``energy_own_error_j`` is the part of the first that is not the sensor's gain: what
    is left in a ratio to another window of the same sensor. ``others_cpu_pct`` is the
    share of all CPUs that other processes took. ``missing`` holds the reason for each
    value that is None, ``notes`` remarks for a reader of the numbers.
    """

    seconds: float
    energy_j: float | None = None
    energy_source: str | None = None
    energy_counter_j: float | None = None
    energy_sampled_j: float | None = None
    energy_disagreement_pct: float | None = None
    energy_error_j: float | None = None
    energy_own_error_j: float | None = None
    net_energy_j: float | None = None
    net_energy_error_j: float | None = None
    dram_energy_j: float | None = None
    power_w: float | None = None
    power_max_w: float | None = None
    power_samples: int = 0
    memory_pct: float | None = None
    memory_max_pct: float | None = None
    memory_used_bytes: int | None = None
    process_bytes: int | None = None
    allocator_peak_bytes: int | None = None
    memory_utilisation_pct: float | None = None
    gpu_utilisation_pct: float | None = None
    temperature_max_c: float | None = None
    sm_clock_mhz: float | None = None
    throttle_bits: int | None = None
    others_cpu_pct: float | None = None
    paused_s: float = 0.0
    throttled_s: float | None = None
    missing: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def as_row(self, prefix: str = "") -> dict[str, Any]:
        """Return a flat table row; ``prefix`` precedes each name."""
        row = asdict(self) | {
            "missing": "; ".join(f"{k}: {why}" for k, why in self.missing.items()),
            "notes": "; ".join(self.notes),
        }
        return {prefix + name: value for name, value in row.items()}


class Mark(NamedTuple):
    """A moment: the time without pauses, the CPU time of others, and sums so far.

    A sum that is missing is the reason. ``first`` is the number of the next sample.
    """

    time_s: float
    counter_j: float | str
    others_s: float
    first: int = 0
    dram_j: float | str = "not read"
    throttled_s: float | str = "not read"
    pauses: int = 0
    paused_s: float = 0.0


@dataclass(frozen=True)
class Window:
    """The raw material of a `Reading`; a missing number raises `UnavailableError`.

    ``peak_bytes`` are of `spikemeter.metering.machine.take_cuda_peak`, ``idle`` is the
    reading of the idle source, ``interval_s`` the time between two samples, and
    ``shifted`` tells whether the work was shifted against the sensor's windows.
    """

    start: Mark
    end: Mark
    samples: Sequence[Sample]
    source: Source
    peak_bytes: int | None = None
    idle: Reading | None = None
    interval_s: float = 0.1
    shifted: bool = False

    @property
    def seconds(self) -> float:
        """The length."""
        return self.end.time_s - self.start.time_s

    @property
    def paused_s(self) -> float:
        """The length of the pauses."""
        return self.end.paused_s - self.start.paused_s

    def rise(self, field: str) -> float:
        """Return by how much a sum of the marks has risen."""
        start, end = getattr(self.start, field), getattr(self.end, field)
        for found in (start, end):
            if isinstance(found, str):
                raise UnavailableError(found)
        return float(end - start)

    def combine(self, field: str, statistic: Callable[[list[Any]], Any]) -> Any:
        """Return a statistic of a field of the samples."""
        values = (getattr(sample, field) for sample in self.samples)
        found = [value for value in values if value is not None]
        if self.source.lost or not found:
            raise UnavailableError(self.source.reason(field))
        return statistic(found)

    @cached_property
    def powered(self) -> list[Sample]:
        """The samples with a power."""
        readable = [] if self.source.lost else self.samples
        return [sample for sample in readable if sample.power_w is not None]

    @cached_property
    def power_w(self) -> npt.NDArray[np.float64]:
        """The sampled power."""
        return np.array([sample.power_w for sample in self.powered], float)

    def check_length(self) -> None:
        """Check that the window is long enough."""
        if self.seconds < MINIMUM_S:
            raise UnavailableError(f"shorter than {MINIMUM_S:g} s")

    def check_energy(self) -> None:
        """Check that the source was not lost and that the window is long enough."""
        if self.source.lost:
            raise UnavailableError(self.source.lost)
        if self.powered or isinstance(self.end.counter_j, float):
            self.check_length()

    @cached_property
    def counter_j(self) -> float:
        """The joules between two readings of the energy counter."""
        self.check_energy()
        used_j = self.rise("counter_j")
        if self.paused_s and self.source.counts_pauses:
            raise UnavailableError("the energy counter went on in a pause")
        if used_j < 0:  # the driver was loaded again
            raise UnavailableError(
                f"the energy counter went backwards, by {-used_j:.0f} J"
            )
        if used_j == 0:  # but hardware always draws power
            raise UnavailableError("the energy counter did not advance")
        return used_j

    @cached_property
    def sampled_j(self) -> float:
        """The sampled power, integrated by the trapezoidal rule.

        Samples outside the window count at its ends, and the first and the last power
        extend to the ends.
        """
        self.check_energy()
        if not self.powered:
            raise UnavailableError(self.source.reason("power_w"))
        if self.source.counter_name == "rapl":
            raise UnavailableError("the power samples come from the same counter")
        ends_s = self.start.time_s, self.end.time_s
        times_s = np.clip([sample.time_s for sample in self.powered], *ends_s)
        times_s = np.concatenate((ends_s[:1], times_s, ends_s[1:]))
        gap_s = np.diff(times_s).max()
        # Three missed samples are too many if the interval itself is long.
        if gap_s > max(MINIMUM_S, 3 * self.interval_s):
            raise UnavailableError(f"no power sample for {gap_s:.1f} s")
        return float(np.trapezoid(np.pad(self.power_w, 1, mode="edge"), times_s))

    @cached_property
    def energy_j(self) -> float:
        """The energy of the counter or, without one, of the samples."""
        reasons = {}
        for name in ("counter_j", "sampled_j"):
            try:
                return float(getattr(self, name))
            except UnavailableError as error:
                reasons[str(error)] = name
        raise UnavailableError("; ".join(reasons))

    def find(self, name: str) -> float | None:
        """Return one of the numbers, None if it is missing."""
        with suppress(UnavailableError):
            return float(getattr(self, name))
        return None

    @cached_property
    def error(self) -> EnergyError:
        """The error of the energy."""
        _ = self.energy_j  # for its reason, if there is none
        sensor = self.source.sensor
        if sensor is None or not self.powered:
            raise UnavailableError("without power samples, the error is not known")
        counted_j, sampled_j = self.find("counter_j"), self.find("sampled_j")
        if counted_j is None:  # what lies between two samples is not seen
            sensor = sensor._replace(update_s=max(sensor.update_s, self.interval_s))
        energies = counted_j, sampled_j
        error = estimate_error(
            sensor, self.power_w, self.seconds, *energies, self.shifted
        )
        # A pause begins at any moment between two samples.
        pauses = self.end.pauses - self.start.pauses
        ends_s = np.sqrt(pauses / 12) * (self.interval_s + sensor.window_s)
        ends_j = COVERAGE * ends_s * self.power_w.max()
        return error._replace(other_j=float(np.hypot(error.other_j, ends_j)))

    @cached_property
    def net_energy_j(self) -> float:
        """The energy less what the idle source takes."""
        energy_j = self.energy_j
        if self.idle is None or self.idle.power_w is None:
            raise UnavailableError("no idle baseline was measured")
        return energy_j - self.idle.power_w * self.seconds

    def net_error_j(self) -> float:
        """Return the error of the net energy, that of the idle power included."""
        net_j = self.net_energy_j
        if self.idle is None or self.idle.energy_own_error_j is None:
            raise UnavailableError("the error of the idle power is not known")
        idle_w = self.idle.energy_own_error_j / self.idle.seconds
        return self.error.total_j(net_j, idle_w * self.seconds)

    def disagreement_pct(self) -> float:
        """Return how much more the samples' energy is than the counter's."""
        energy_j = self.energy_j  # the counter's, if there are two
        try:
            return 100 * (self.sampled_j - self.counter_j) / energy_j
        except UnavailableError as error:
            raise UnavailableError("there is one energy only") from error

    def power_max_w(self) -> float:
        """Return the largest power of the samples."""
        self.check_energy()
        return float(self.combine("power_w", max))

    def allocator_peak_bytes(self) -> int:
        """Return the peak of torch's memory."""
        if self.peak_bytes is None:
            raise UnavailableError("torch counts its memory on CUDA only")
        return self.peak_bytes

    def dram_energy_j(self) -> float:
        """Return the energy of the memory modules."""
        self.check_length()
        return self.rise("dram_j")

    def others_cpu_pct(self) -> float:
        """Return the share of all CPUs that other processes took."""
        self.check_length()
        if self.paused_s:
            raise UnavailableError("others went on in a pause")
        available_s = self.seconds * (psutil.cpu_count() or 1)
        others_s = self.end.others_s - self.start.others_s
        return min(100.0, max(0.0, 100 * others_s / available_s))


# What gives each field of a Reading that may be missing.
QUANTITIES: Mapping[str, Callable[[Window], Any]] = {
    "memory_pct": methodcaller("combine", "memory_pct", fmean),
    "memory_max_pct": methodcaller("combine", "memory_pct", max),
    "memory_used_bytes": methodcaller("combine", "memory_used_bytes", max),
    "process_bytes": methodcaller("combine", "process_bytes", max),
    "memory_utilisation_pct": methodcaller("combine", "memory_utilisation_pct", fmean),
    "gpu_utilisation_pct": methodcaller("combine", "gpu_utilisation_pct", fmean),
    "temperature_max_c": methodcaller("combine", "temperature_c", max),
    "sm_clock_mhz": methodcaller("combine", "sm_clock_mhz", fmean),
    "throttle_bits": methodcaller("combine", "throttle_bits", partial(reduce, or_)),
    "allocator_peak_bytes": Window.allocator_peak_bytes,
    "others_cpu_pct": Window.others_cpu_pct,
    "paused_s": attrgetter("paused_s"),
    "throttled_s": methodcaller("rise", "throttled_s"),
    "energy_j": attrgetter("energy_j"),
    "energy_counter_j": attrgetter("counter_j"),
    "energy_sampled_j": attrgetter("sampled_j"),
    "energy_disagreement_pct": Window.disagreement_pct,
    "energy_error_j": lambda window: window.error.total_j(window.energy_j),
    "energy_own_error_j": lambda window: window.error.other_j,
    "net_energy_j": attrgetter("net_energy_j"),
    "net_energy_error_j": Window.net_error_j,
    "dram_energy_j": Window.dram_energy_j,
    "power_w": lambda window: window.energy_j / window.seconds,
    "power_max_w": Window.power_max_w,
    "power_samples": lambda window: len(window.powered),
}


def summarise(window: Window) -> Reading:
    """Return the numbers of a window; those that it does not give have a reason."""
    values: dict[str, Any] = {}
    missing: dict[str, str] = {}
    for name, quantity in QUANTITIES.items():
        try:
            values[name] = quantity(window)
        except UnavailableError as error:
            missing[name] = str(error)
    if "energy_counter_j" in values:
        values["energy_source"] = window.source.counter_name
    elif "energy_sampled_j" in values:
        values["energy_source"] = "sampled"
    difference = values.get("energy_disagreement_pct", 0.0)
    notes = []
    if abs(difference) > DISAGREEMENT_PCT:
        notes = [f"sampled energy differs from the counter's by {difference:+.0f} %"]
    if window.paused_s:
        notes.append(
            f"{PAUSED.format(window.paused_s)}, which no other number includes"
        )
    if values.get("throttled_s"):
        notes.append(THROTTLED.format(values["throttled_s"]))
    return Reading(window.seconds, **values, missing=missing, notes=tuple(notes))
