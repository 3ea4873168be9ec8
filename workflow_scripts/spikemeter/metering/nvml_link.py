"""Calls to NVML about one board; a call that fails keeps its reason."""

from collections.abc import Callable
from typing import Any

import pynvml as nvml

from spikemeter.metering.source import UnavailableError

MIG_REASON = "MIG: no power reading per slice"
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


class Link:
    """One board's handle, and the failures that last.

    Attributes
    ----------
    lost : str or None
        Why the board cannot be reached any more.
    mig : bool or None
        Whether the board is cut into slices; None if it does not say.
    """

    def __init__(self, handle: Any) -> None:
        self.lost: str | None = None
        self._handle = handle
        self._lasting: dict[str, str] = {}
        mode = self.optional(nvml.nvmlDeviceGetMigMode)
        self.mig = None if mode is None else mode[0] == nvml.NVML_DEVICE_MIG_ENABLE

    def ask(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Return ``function(handle, *arguments)``, or raise `UnavailableError`."""
        name = function.__name__
        if reason := self.lost or self._lasting.get(name):
            raise UnavailableError(reason)
        try:
            return function(self._handle, *arguments)
        except nvml.NVMLError as error:
            reason = f"{name}: {error}"
            if error.value in LOST:
                self.lost = reason
            elif error.value in LASTING:
                self._lasting[name] = reason
            raise UnavailableError(reason) from error

    def optional(self, function: Callable[..., Any]) -> Any:
        """Return ``function(handle)``, or None where it is unavailable."""
        try:
            return self.ask(function)
        except UnavailableError:
            return None

    @staticmethod
    def system(function: Callable[[], str]) -> str | None:
        """Return what NVML says about the system, or None."""
        try:
            return function()
        except nvml.NVMLError:
            return None


class PowerSensor:
    """The board's power, from the best field that it offers.

    The instant field (a mean of 25 to 100 ms) of the board or, on Grace Hopper, of
    the module; on drivers without it ``PowerUsage``, which on Ampere and newer is
    the mean of the last second. The choice is made once, so that one run never
    mixes them.

    Attributes
    ----------
    field : str or None
        The field that is read.

    References
    ----------
    Yang, Adamek, Armour 2024, doi:10.1109/SC41406.2024.00028
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self.field: str | None = None
        self._reason = MIG_REASON
        if link.mig:
            return
        reasons = []
        for name in ("instant, board", "instant, module", "PowerUsage"):
            try:
                self._read_w(name)
            except UnavailableError as error:
                reasons.append(str(error))
            else:
                self.field = name
                return
        self._reason = "; ".join(dict.fromkeys(reasons))

    def power_w(self) -> float:
        """Return the power, or raise `UnavailableError`."""
        if self.field is None:
            raise UnavailableError(self._reason)
        return self._read_w(self.field)

    def _read_w(self, name: str) -> float:
        if name == "PowerUsage":
            milliwatts = self._link.ask(nvml.nvmlDeviceGetPowerUsage)
        elif name == "instant, board":
            milliwatts = self._instant_mw(nvml.NVML_POWER_SCOPE_GPU)
        else:
            milliwatts = self._instant_mw(nvml.NVML_POWER_SCOPE_MODULE)
        if milliwatts == 0:  # some boards report it without a sensor
            raise UnavailableError(f"{name}: the board reports 0 W")
        return milliwatts / 1e3

    def _instant_mw(self, scope: int) -> int:
        field = (nvml.NVML_FI_DEV_POWER_INSTANT, scope)
        (value,) = self._link.ask(nvml.nvmlDeviceGetFieldValues, [field])
        if value.nvmlReturn != nvml.NVML_SUCCESS:
            raise UnavailableError(f"instant power: {nvml.NVMLError(value.nvmlReturn)}")
        return value.value.uiVal
