"""The numbers of one metered window."""

from dataclasses import asdict, dataclass, field
from typing import Any

# Two energies that differ by more get a note.
DISAGREEMENT_PCT = 10.0


@dataclass(frozen=True)
class Reading:
    """The cost of one window; unmeasured values are None.

    ``energy_j`` is the counter's where there is one (``energy_source`` is then
    ``counter`` or, on a CPU, ``rapl``), else the sampled power integrated
    (``sampled``). Memory percentages are of the whole board, driver's reserve
    included, on CUDA, and of this process in the machine's memory on a CPU.
    ``net_energy_j`` is the energy less idle power × seconds. ``others_cpu_pct`` is the
    share of all CPUs that other processes took.

    Attributes
    ----------
    missing : dict
        The reason for each value that is None.
    notes : tuple of str
        Remarks for a reader of the numbers.
    """

    seconds: float
    energy_j: float | None = None
    energy_source: str | None = None
    energy_counter_j: float | None = None
    energy_sampled_j: float | None = None
    energy_disagreement_pct: float | None = None
    net_energy_j: float | None = None
    power_w: float | None = None
    power_max_w: float | None = None
    power_samples: int = 0
    memory_pct: float | None = None
    memory_max_pct: float | None = None
    memory_used_bytes: int | None = None
    process_bytes: int | None = None
    tensor_peak_bytes: int | None = None
    allocator_peak_bytes: int | None = None
    memory_utilisation_pct: float | None = None
    gpu_utilisation_pct: float | None = None
    temperature_max_c: float | None = None
    sm_clock_mhz: float | None = None
    throttle_bits: int | None = None
    others_cpu_pct: float | None = None
    missing: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def as_row(self, prefix: str = "") -> dict[str, Any]:
        """Return a flat table row; ``prefix`` precedes each name."""
        row = asdict(self) | {
            "missing": "; ".join(f"{k}: {why}" for k, why in self.missing.items()),
            "notes": "; ".join(self.notes),
        }
        return {prefix + name: value for name, value in row.items()}


@dataclass
class Phase:
    """A phase of a run; it has a reading once it is over.

    Attributes
    ----------
    name : str
    peaks : pair of int or None
        `spikemeter.metering.machine.take_cuda_peaks` so far.
    result : Reading or None
        None until the phase is over.
    """

    name: str
    peaks: tuple[int, int] | None = None
    result: Reading | None = None

    @property
    def reading(self) -> Reading:
        """What the phase cost.

        Raises
        ------
        RuntimeError
            If the phase is not over.
        """
        if self.result is None:
            raise RuntimeError("a phase has no reading before its block has ended")
        return self.result
