"""One NVIDIA board, read through NVML (package nvidia-ml-py, module ``pynvml``)."""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from operator import attrgetter, methodcaller
from pathlib import Path
from typing import Any

import psutil
import pynvml as nvml

from spikemeter.metering.power_sensors import describe_sensor
from spikemeter.metering.source import Source, UnavailableError

# The inode of the host's own process numbers (Linux, include/linux/proc_ns.h).
HOST_PIDS = "pid:[4026531836]"
MIG_REASON = "MIG: no power reading per slice"
ARCHITECTURES = {
    number: name.removeprefix("NVML_DEVICE_ARCH_").capitalize()
    for name, number in vars(nvml).items()
    if name.startswith("NVML_DEVICE_ARCH_")
}
# These do not change while a process runs: one call is enough.
LASTING = {
    nvml.NVML_ERROR_NOT_SUPPORTED,
    nvml.NVML_ERROR_NO_PERMISSION,
    nvml.NVML_ERROR_FUNCTION_NOT_FOUND,
}
LOST = {
    nvml.NVML_ERROR_UNINITIALIZED,
    nvml.NVML_ERROR_GPU_IS_LOST,
    nvml.NVML_ERROR_RESET_REQUIRED,
}
# The fields that give the power, the best first, and their scopes.
POWER_FIELDS = {
    "instant, board": nvml.NVML_POWER_SCOPE_GPU,
    "instant, module": nvml.NVML_POWER_SCOPE_MODULE,
    "PowerUsage": None,
}


class Board(Source):
    """One GPU board; a reading that fails is left out and its reason kept.

    Power is the instant field (a mean of 25 to 100 ms) of the board or, on Grace
    Hopper, of the module; on drivers without it ``PowerUsage``, which on Ampere and
    newer is the mean of the last second. The choice is made once, so that one run
    never mixes them.

    ``mig`` tells whether the board is cut into slices, None if it does not say;
    ``in_use`` whether this process is known to compute on it; ``power_field`` is the
    field that gives the power, of `POWER_FIELDS`.

    References
    ----------
    NVIDIA, NVML API reference, nvml.h; Yang, Adamek, Armour 2024,
    doi:10.1109/SC41406.2024.00028
    """

    in_use = False

    def __init__(self, handle: Any, mig: bool | None = None) -> None:
        self._handle = handle
        self._lasting: dict[str, str] = {}
        self._reasons: dict[str, str] = {}
        self.mig = mig
        with suppress(UnavailableError):
            mode, _ = self.ask(nvml.nvmlDeviceGetMigMode)
            self.mig = mig or mode == nvml.NVML_DEVICE_MIG_ENABLE
        self.power_field: str | None = None
        self._power_reason = MIG_REASON
        reasons = {}
        for name in POWER_FIELDS:
            try:
                self.read_power_w(name)
            except UnavailableError as error:
                reasons[str(error)] = name
            else:
                self.power_field = name
                break
        self._power_reason = "; ".join(reasons)
        self.meters_energy = self.power_field is not None
        with suppress(UnavailableError):
            self.energy_j()
            self.meters_energy = True
        if self.meters_energy:
            found = self.conditions()
            self.sensor = describe_sensor(
                found["board"], found["architecture"], self.power_field
            )

    @classmethod
    def open(cls, *uuids: str) -> "Board":
        """Open the board with the first NVML UUID that is known.

        Parameters
        ----------
        *uuids : str
            As ``GPU-fa4e…``, or ``MIG-fa4e…`` for a slice of a board.

        Raises
        ------
        UnavailableError
            If there is no NVML library, no driver or no such board.
        """
        try:
            nvml.nvmlInit()
        except nvml.NVMLError as error:
            raise UnavailableError(f"NVML does not start: {error}") from error
        for uuid in uuids:
            try:
                handle = nvml.nvmlDeviceGetHandleByUUID(uuid)
            except nvml.NVMLError as error:
                reason = error
            else:
                return cls(handle, mig=uuid.startswith("MIG-") or None)
        nvml.nvmlShutdown()
        names = " or ".join(uuids)
        raise UnavailableError(f"NVML finds no board {names}: {reason}") from reason

    def close(self) -> None:
        """Shut NVML down; it counts how often it was started."""
        with suppress(nvml.NVMLError):  # a lost driver must not end the work
            nvml.nvmlShutdown()

    def ask(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Return ``function(handle, *arguments)``, or raise `UnavailableError`."""
        return self.call(function, self._handle, *arguments)

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Return ``function(*arguments)``, or raise `UnavailableError`."""
        name = function.__name__
        if reason := self.lost or self._lasting.get(name):
            raise UnavailableError(reason)
        try:
            return function(*arguments)
        except nvml.NVMLError as error:
            reason = f"{name}: {error}"
            if error.value in LOST:
                self.lost = reason
            elif error.value in LASTING:
                self._lasting[name] = reason
            raise UnavailableError(reason) from error

    def sample(self, time_s: float) -> dict[str, Any]:
        """Read all fields of a `Sample` that can be read."""
        values: dict[str, Any] = {}
        for names, read in READERS.items():
            try:
                found = read(self)
            except UnavailableError as error:
                self._reasons |= dict.fromkeys(names, str(error))
            else:
                values |= zip(names, found if len(names) > 1 else [found], strict=True)
        return values

    def energy_j(self) -> float:
        """Return the joules since the driver was loaded.

        Read it only at the ends of windows: polling makes the counter fall short
        (Dauner et al. 2026, HotCarbon). Raises UnavailableError before Volta, under
        MIG, or when the board is lost.
        """
        if self.mig:
            raise UnavailableError(MIG_REASON)
        return self.ask(nvml.nvmlDeviceGetTotalEnergyConsumption) / 1e3

    def reason(self, reading: str) -> str:
        """Return why a reading is missing."""
        return self.lost or self._reasons.get(reading, "not sampled")

    def conditions(self) -> dict[str, Any]:
        """Describe the board and its other users; None if it does not say."""
        found: dict[str, Any] = dict.fromkeys(CONDITIONS)
        for name, read in CONDITIONS.items():
            try:
                found[name] = read(self)
            except UnavailableError as error:
                self._reasons[name] = str(error)
        return found

    def read_power_w(self, name: str | None) -> float:
        """Return the power that a field gives, or raise `UnavailableError`."""
        if self.mig or name is None:
            raise UnavailableError(self._power_reason)
        scope = POWER_FIELDS[name]
        if scope is None:
            milliwatts = self.ask(nvml.nvmlDeviceGetPowerUsage)
        else:
            fields = [(nvml.NVML_FI_DEV_POWER_INSTANT, scope)]
            (field,) = self.ask(nvml.nvmlDeviceGetFieldValues, fields)
            if field.nvmlReturn != nvml.NVML_SUCCESS:
                why = nvml.NVMLError(field.nvmlReturn)
                raise UnavailableError(f"instant power: {why}")
            milliwatts = field.value.uiVal
        if milliwatts == 0:  # some boards report it without a sensor
            raise UnavailableError(f"{name}: the board reports 0 W")
        return milliwatts / 1e3


def read_driver() -> str | None:
    """Return the version of NVIDIA's driver, None if there is none or no board."""
    try:
        nvml.nvmlInit()
    except nvml.NVMLError:
        return None
    try:
        boards: int = nvml.nvmlDeviceGetCount()
        return str(nvml.nvmlSystemGetDriverVersion()) if boards else None
    except nvml.NVMLError:
        return None
    finally:
        nvml.nvmlShutdown()


_ask = partial(methodcaller, "ask")


def _read_memory(board: Board) -> tuple[int, float]:
    # Version 1 counts what the driver reserves as used, as the recorder behind the
    # published memory figures did.
    memory = board.ask(nvml.nvmlDeviceGetMemoryInfo)
    return memory.used, 100 * memory.used / memory.total


def _read_process(board: Board) -> int:
    own, processes = _find_own(board)
    found = [item.usedGpuMemory for item in processes if item.pid == own]
    if None in found:
        raise UnavailableError(
            "the driver does not give the memory of a process (WDDM)"
        )
    if not any(found):
        raise UnavailableError("the driver gives 0 bytes for this process")
    return sum(found)


def _find_own(board: Board) -> tuple[int, list[Any]]:
    """Return this process's number on the board, and all entries of the board."""
    pid = os.getpid()
    processes = board.ask(nvml.nvmlDeviceGetComputeRunningProcesses)
    pids = {item.pid for item in processes}
    if pid in pids:
        return pid, processes
    if board.in_use and len(pids) == 1 and _has_other_numbers():
        return pids.pop(), processes  # who else's, if this process uses the board
    raise UnavailableError(
        f"NVML does not list process {pid}: it has no CUDA context, or a container "
        "hides its number"
    )


def _has_other_numbers() -> bool:
    """Return whether processes have other numbers here than on the host."""
    with suppress(OSError):
        return str(Path("/proc/self/ns/pid").readlink()) != HOST_PIDS
    return False


def _is_process(pid: int) -> bool:
    return 0 < pid < 2**31 and psutil.pid_exists(pid)


def _count_others(board: Board) -> int:
    own, processes = _find_own(board)
    others = {item.pid for item in processes} - {own}
    unknown = [pid for pid in others if not _is_process(pid)]
    if unknown:  # ended, or hidden by a container
        raise UnavailableError(
            f"NVML lists {len(unknown)} entries that are no process here"
        )
    return len(others)


# The fields of a `Sample`, and what reads them.
READERS: Mapping[tuple[str, ...], Callable[[Board], Any]] = {
    ("power_w",): lambda b: b.read_power_w(b.power_field),
    ("memory_used_bytes", "memory_pct"): _read_memory,
    ("process_bytes",): _read_process,
    ("gpu_utilisation_pct", "memory_utilisation_pct"): lambda b: attrgetter(
        "gpu", "memory"
    )(b.ask(nvml.nvmlDeviceGetUtilizationRates)),
    ("temperature_c",): _ask(nvml.nvmlDeviceGetTemperature, nvml.NVML_TEMPERATURE_GPU),
    ("sm_clock_mhz",): _ask(nvml.nvmlDeviceGetClockInfo, nvml.NVML_CLOCK_SM),
    ("throttle_bits",): _ask(nvml.nvmlDeviceGetCurrentClocksThrottleReasons),
}
# What a board says of itself; None on other sources.
CONDITIONS: Mapping[str, Callable[[Board], Any]] = {
    "board": _ask(nvml.nvmlDeviceGetName),
    "uuid": _ask(nvml.nvmlDeviceGetUUID),
    "architecture": lambda b: ARCHITECTURES.get(b.ask(nvml.nvmlDeviceGetArchitecture)),
    "driver": methodcaller("call", nvml.nvmlSystemGetDriverVersion),
    "nvml": methodcaller("call", nvml.nvmlSystemGetNVMLVersion),
    "power_limit_w": lambda b: b.ask(nvml.nvmlDeviceGetEnforcedPowerLimit) / 1e3,
    "default_power_limit_w": lambda b: (
        b.ask(nvml.nvmlDeviceGetPowerManagementDefaultLimit) / 1e3
    ),
    "persistence": lambda b: bool(b.ask(nvml.nvmlDeviceGetPersistenceMode)),
    "mig": attrgetter("mig"),
    "power_field": attrgetter("power_field"),
    "other_compute_processes": _count_others,
    "board_used_bytes_at_start": lambda b: _read_memory(b)[0],
}
