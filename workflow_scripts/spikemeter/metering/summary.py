"""The numbers of one window, from its samples and counter readings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from operator import or_
from statistics import fmean
from typing import Any

from spikemeter.metering.others import compute_share_pct
from spikemeter.metering.reading import Reading
from spikemeter.metering.source import Sample, UnavailableError
from spikemeter.metering.window_energy import compute_counted_j, integrate_sampled_j

DISAGREEMENT_PCT = 10.0
ENERGIES = (
    "energy_j",
    "energy_counter_j",
    "energy_sampled_j",
    "energy_disagreement_pct",
    "net_energy_j",
    "power_w",
    "power_max_w",
)


# Field of Reading, field of Sample, and the statistic over a window's samples.
STATISTICS: tuple[tuple[str, str, Callable[[list], float]], ...] = (
    ("power_max_w", "power_w", max),
    ("memory_pct", "memory_pct", fmean),
    ("memory_max_pct", "memory_pct", max),
    ("memory_used_bytes", "memory_used_bytes", max),
    ("process_bytes", "process_bytes", max),
    ("memory_utilisation_pct", "memory_utilisation_pct", fmean),
    ("gpu_utilisation_pct", "gpu_utilisation_pct", fmean),
    ("temperature_max_c", "temperature_c", max),
    ("sm_clock_mhz", "sm_clock_mhz", fmean),
    ("throttle_bits", "throttle_bits", partial(reduce, or_)),
)


@dataclass(frozen=True)
class Window:
    """The raw material of a `Reading`.

    Attributes
    ----------
    start_s, end_s : float
        On the clock of ``samples``.
    counter_j : pair of float or str
        The energy counter at both ends, or why it could not be read.
    others_s : pair of float
        `spikemeter.metering.others.read_others_s` at both ends.
    reason : callable
        Gives, for a field of `Sample`, why it is missing.
    lost : str or None
        Why the source cannot be read any more.
    peaks : pair of int or None
        `spikemeter.metering.memory_use.read_cuda_peaks`.
    idle_w : float or None
        Power of the idle source.
    """

    start_s: float
    end_s: float
    samples: Sequence[Sample]
    counter_j: tuple[float | str, float | str]
    counter_name: str
    others_s: tuple[float, float]
    reason: Callable[[str], str]
    lost: str | None
    peaks: tuple[int, int] | None
    idle_w: float | None


def summarise(window: Window, minimum_s: float, max_gap_s: float) -> Reading:
    """Return the numbers of a window.

    Parameters
    ----------
    window : Window
        What was read.
    minimum_s : float
        A shorter window gets neither energy nor power: sensors and counters publish
        every 0.1 s only.
    max_gap_s : float
        A longer time between two power samples gives no sampled energy.
    """
    seconds = window.end_s - window.start_s
    values: dict[str, Any] = {"seconds": seconds}
    missing: dict[str, str] = {}
    samples = [] if window.lost else window.samples
    for name, sampled, statistic in STATISTICS:
        found = [v for s in samples if (v := getattr(s, sampled)) is not None]
        if found:
            values[name] = statistic(found)
        else:
            missing[name] = window.lost or window.reason(sampled)
    values["power_samples"] = sum(s.power_w is not None for s in samples)
    if window.peaks is not None:
        values["tensor_peak_bytes"], values["allocator_peak_bytes"] = window.peaks
    else:
        reason = "torch counts its memory on CUDA only"
        missing |= {"tensor_peak_bytes": reason, "allocator_peak_bytes": reason}
    if seconds < minimum_s:  # the CPU time of others counts in steps of 0.01 s
        missing["others_cpu_pct"] = f"shorter than {minimum_s:g} s"
    else:
        values["others_cpu_pct"] = compute_share_pct(*window.others_s, seconds)
    refusal = window.lost
    readable = values["power_samples"] or isinstance(window.counter_j[1], float)
    if readable and seconds < minimum_s:
        refusal = f"shorter than {minimum_s:g} s"
    if refusal:
        missing |= dict.fromkeys(ENERGIES, refusal)
        values.pop("power_max_w", None)
    else:
        energy, why = measure_energy(window, max_gap_s)
        values |= energy
        missing |= why
    disagreement = values.get("energy_disagreement_pct", 0.0)
    notes: tuple[str, ...] = ()
    if abs(disagreement) > DISAGREEMENT_PCT:
        notes = (f"sampled energy differs from the counter's by {disagreement:+.0f} %",)
    return Reading(**values, missing=missing, notes=notes)


def measure_energy(
    window: Window, max_gap_s: float
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the energies of a window, and the reasons for those that are missing."""
    values: dict[str, Any] = {}
    missing: dict[str, str] = {}
    try:
        values["energy_counter_j"] = compute_counted_j(*window.counter_j)
        values["energy_source"] = window.counter_name
    except UnavailableError as error:
        missing["energy_counter_j"] = str(error)
    try:
        values["energy_sampled_j"] = compute_independent_j(window, max_gap_s)
        values.setdefault("energy_source", "sampled")
    except UnavailableError as error:
        missing["energy_sampled_j"] = str(error)
    if not values:
        reason = "; ".join(dict.fromkeys(missing.values()))
        nothing = ("energy_j", "power_w", "net_energy_j", "energy_disagreement_pct")
        return {}, missing | dict.fromkeys(nothing, reason)
    seconds = window.end_s - window.start_s
    counter = values.get("energy_counter_j")
    sampled = values.get("energy_sampled_j")
    energy: float = next(j for j in (counter, sampled) if j is not None)
    values |= {"energy_j": energy, "power_w": energy / seconds}
    if window.idle_w is None:
        missing["net_energy_j"] = "no idle baseline was measured"
    else:
        values["net_energy_j"] = energy - window.idle_w * seconds
    if counter is None or sampled is None:
        missing["energy_disagreement_pct"] = "there is one energy only"
    else:
        values["energy_disagreement_pct"] = 100 * (sampled - counter) / counter
    return values, missing


def compute_independent_j(window: Window, max_gap_s: float) -> float:
    """Return the energy of the samples, if they are independent of the counter.

    Raises
    ------
    UnavailableError
        If they are not, or leave too long a gap.
    """
    if all(sample.power_w is None for sample in window.samples):
        raise UnavailableError(window.reason("power_w"))
    if window.counter_name == "rapl":
        raise UnavailableError("the power samples come from the same counter")
    return integrate_sampled_j(window.samples, window.start_s, window.end_s, max_gap_s)
