"""One NVIDIA board, read through NVML (package nvidia-ml-py, module ``pynvml``)."""

import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pynvml as nvml

from spikemeter.metering.nvml_link import MIG_REASON, Link, PowerSensor
from spikemeter.metering.source import Source, UnavailableError

ARCHITECTURES = {
    number: name.removeprefix("NVML_DEVICE_ARCH_").capitalize()
    for name, number in vars(nvml).items()
    if name.startswith("NVML_DEVICE_ARCH_")
}


class Board(Source):
    """One GPU board; a reading that fails is left out and its reason kept.

    Power and energy share the board's gain error, typically 5 %, which cannot be
    seen from inside (Yang, Adamek, Armour 2024, doi:10.1109/SC41406.2024.00028).

    References
    ----------
    NVIDIA, NVML API reference, nvml.h
    """

    def __init__(self, handle: Any) -> None:
        self._link = Link(handle)
        self._power = PowerSensor(self._link)
        self._reasons: dict[str, str] = {}
        self.meters_energy = self._power.field is not None or self._has_counter()

    @classmethod
    def open(cls, uuid: str) -> "Board":
        """Open the board with an NVML ``uuid``, as in ``GPU-fa4e…``.

        Raises
        ------
        UnavailableError
            If there is no NVML library, no driver or no such board.
        """
        try:
            nvml.nvmlInit()
        except nvml.NVMLError as error:
            raise UnavailableError(f"NVML does not start: {error}") from error
        try:
            return cls(nvml.nvmlDeviceGetHandleByUUID(uuid))
        except nvml.NVMLError as error:
            nvml.nvmlShutdown()
            raise UnavailableError(f"NVML finds no board {uuid}: {error}") from error

    def close(self) -> None:
        """Shut NVML down; it counts how often it was started."""
        with suppress(nvml.NVMLError):  # a lost driver must not end the work
            nvml.nvmlShutdown()

    @property
    def lost(self) -> str | None:
        """Why the board cannot be reached any more."""
        return self._link.lost

    def sample(self, time_s: float) -> dict[str, Any]:
        """Read all fields of a `Sample` that can be read."""
        values: dict[str, Any] = {}
        ask = self._link.ask
        readers: tuple[tuple[tuple[str, ...], Callable[[], tuple]], ...] = (
            (("power_w",), lambda: (self._power.power_w(),)),
            (("memory_used_bytes", "memory_pct"), self._memory),
            (("process_bytes",), self._process),
            (("gpu_utilisation_pct", "memory_utilisation_pct"), self._utilisation),
            (
                ("temperature_c",),
                lambda: (
                    ask(nvml.nvmlDeviceGetTemperature, nvml.NVML_TEMPERATURE_GPU),
                ),
            ),
            (
                ("sm_clock_mhz",),
                lambda: (ask(nvml.nvmlDeviceGetClockInfo, nvml.NVML_CLOCK_SM),),
            ),
            (
                ("throttle_bits",),
                lambda: (ask(nvml.nvmlDeviceGetCurrentClocksThrottleReasons),),
            ),
        )
        for readings, read in readers:
            try:
                values.update(zip(readings, read(), strict=True))
            except UnavailableError as error:
                self._reasons.update(dict.fromkeys(readings, str(error)))
        return values

    def energy_j(self) -> float:
        """Return the joules since the driver was loaded.

        Read it only at the ends of windows: polling makes the counter fall short
        (Dauner et al. 2026, HotCarbon).

        Raises
        ------
        UnavailableError
            Before Volta, under MIG, or when the board is lost.
        """
        if self._link.mig:
            raise UnavailableError(MIG_REASON)
        return self._link.ask(nvml.nvmlDeviceGetTotalEnergyConsumption) / 1e3

    def reason(self, reading: str) -> str:
        """Return why a reading is missing."""
        return self.lost or self._reasons.get(reading, "not sampled")

    def conditions(self) -> dict[str, Any]:
        """Describe the board and its other users; None if it does not say."""
        optional, system = self._link.optional, self._link.system
        limit_mw = optional(nvml.nvmlDeviceGetEnforcedPowerLimit)
        default_mw = optional(nvml.nvmlDeviceGetPowerManagementDefaultLimit)
        persistence = optional(nvml.nvmlDeviceGetPersistenceMode)
        processes = optional(nvml.nvmlDeviceGetComputeRunningProcesses)
        memory = optional(nvml.nvmlDeviceGetMemoryInfo)
        return {
            "board": optional(nvml.nvmlDeviceGetName),
            "uuid": optional(nvml.nvmlDeviceGetUUID),
            "architecture": ARCHITECTURES.get(optional(nvml.nvmlDeviceGetArchitecture)),
            "driver": system(nvml.nvmlSystemGetDriverVersion),
            "nvml": system(nvml.nvmlSystemGetNVMLVersion),
            "power_limit_w": None if limit_mw is None else limit_mw / 1e3,
            "default_power_limit_w": None if default_mw is None else default_mw / 1e3,
            "persistence": None if persistence is None else bool(persistence),
            "mig": self._link.mig,
            "power_field": self._power.field,
            "other_compute_processes": None
            if processes is None
            else sum(process.pid != os.getpid() for process in processes),
            "board_used_bytes_at_start": None if memory is None else memory.used,
        }

    def _has_counter(self) -> bool:
        try:
            self.energy_j()
        except UnavailableError:
            return False
        return True

    def _memory(self) -> tuple[int, float]:
        # Version 1 counts what the driver reserves as used, as the recorder behind
        # the published memory figures did.
        memory = self._link.ask(nvml.nvmlDeviceGetMemoryInfo)
        return memory.used, 100 * memory.used / memory.total

    def _process(self) -> tuple[int]:
        pid = os.getpid()
        processes = self._link.ask(nvml.nvmlDeviceGetComputeRunningProcesses)
        found = [item.usedGpuMemory for item in processes if item.pid == pid]
        if not found:
            raise UnavailableError(
                f"NVML does not list process {pid}: it has no CUDA context, or a "
                "container hides its number"
            )
        if None in found:
            raise UnavailableError(
                "the driver does not give the memory of a process (WDDM)"
            )
        return (sum(found),)

    def _utilisation(self) -> tuple[int, int]:
        rates = self._link.ask(nvml.nvmlDeviceGetUtilizationRates)
        return rates.gpu, rates.memory
