"""The meter: the time, energy and memory of a named phase of a run."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch

from spikemeter.metering.hardware import describe_machine
from spikemeter.metering.memory_use import read_cuda_peaks, reset_cuda_peaks
from spikemeter.metering.reading import Phase, Reading
from spikemeter.metering.sampler import Edge, Sampler
from spikemeter.metering.source import Source
from spikemeter.metering.summary import Window, summarise

MINIMUM_S = 1.0


class Mark(NamedTuple):
    """A moment, and the number of the next sample."""

    first: int
    edge: Edge


class Meter(Sampler):
    """Meters one device while open; sampling runs in a thread of this process.

    Parameters
    ----------
    device : torch.device
        A CUDA device, or the CPU.
    interval_s : float
        Time between samples; GPUs publish new values at the default.
    board : Source, optional
        Read instead of the source of ``device``; the meter closes it.
    clock : callable
        Seconds on a clock that never goes backwards.

    Raises
    ------
    ValueError
        If the interval is not positive, or the device neither CUDA nor a CPU.

    Examples
    --------
    >>> import torch
    >>> with Meter(torch.device("cpu")) as meter:
    ...     with meter.phase("multiply") as phase:
    ...         product = torch.ones(100, 100) @ torch.ones(100, 100)
    >>> phase.reading.seconds > 0
    True
    """

    def __init__(
        self,
        device: torch.device,
        interval_s: float = 0.1,
        board: Source | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        super().__init__(device, interval_s, board, clock)
        self._conditions = describe_machine(device, self._source) | {
            "interval_s": interval_s
        }
        self._idle_w: float | None = None
        self.missing: dict[str, str] = {}

    @property
    def machine(self) -> str:
        """The name of the metered GPU, or of the CPU with its threads."""
        found = self._conditions
        return str(found["board"] or f"{found['cpu']}, {found['cpu_threads']} threads")

    @property
    def can_meter_energy(self) -> bool:
        """Whether power or energy can be read."""
        return self._source.meters_energy

    @contextmanager
    def phase(self, name: str) -> Iterator[Phase]:
        """Meter the block; the yielded phase has its ``reading`` afterwards.

        Phases may be nested; a sample carries the name of the innermost one.
        """
        with self._metered(name) as phase:
            yield phase
        self.missing |= phase.reading.missing

    @contextmanager
    def _metered(self, name: str) -> Iterator[Phase]:
        self._note_peaks()
        phase = Phase(name)
        self._open.append(phase)
        try:
            start = self.mark()
            yield phase
            end = self._edge()
            self.sample()
            self._note_peaks()
        finally:
            self._open.remove(phase)
        phase.end(self._between(start, end, phase.peaks))

    def mark(self) -> Mark:
        """Return the present moment, for :meth:`since`."""
        first = len(self._samples)
        self.sample()
        return Mark(first, self._edge())

    def since(self, start: Mark) -> Reading:
        """Return the reading since a moment."""
        return self._between(start, self._edge(), None)

    def _between(
        self,
        start: Mark,
        end: Edge,
        peaks: tuple[int, int] | None,
    ) -> Reading:
        window = Window(
            start_s=start.edge.time_s,
            end_s=end.time_s,
            samples=self._samples[start.first :],
            counter_j=(start.edge.counter_j, end.counter_j),
            others_s=(start.edge.others_s, end.others_s),
            counter_name=self._source.counter_name,
            reason=self._source.reason,
            lost=self._source.lost,
            peaks=peaks,
            idle_w=self._idle_w,
        )
        # Three missed samples are too many if the interval itself is long.
        return summarise(window, MINIMUM_S, max(MINIMUM_S, 3 * self._interval_s))

    def _note_peaks(self) -> None:
        """Give torch's peaks to every open phase and reset them."""
        peaks = read_cuda_peaks(self._device)
        if peaks is None:
            return
        for phase in self._open:
            earlier = phase.peaks or (0, 0)
            phase.peaks = (max(earlier[0], peaks[0]), max(earlier[1], peaks[1]))
        reset_cuda_peaks(self._device)

    def baseline(self, seconds: float = 5.0) -> None:
        """Measure the idle power that ``net_energy_j`` subtracts.

        Call it after the CUDA context exists, which itself draws power, and before the
        work. Without a power reading it returns at once.
        """
        if not self.can_meter_energy:
            self.sample()  # a source has its reasons after the first sample
            self.missing["idle_w"] = self._source.reason("power_w")
            return
        with self._metered("baseline") as phase:
            time.sleep(seconds)
        self._idle_w = phase.reading.power_w
        if self._idle_w is None:
            self.missing["idle_w"] = phase.reading.missing["power_w"]

    def conditions(self) -> dict[str, Any]:
        """Return the machine and the settings of the meter; None if unknown."""
        return self._conditions | {"idle_w": self._idle_w}
