"""The meter: the time, energy and memory of a named phase of a run."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import torch

from spikemeter.metering.clock import WorkClock, read_clock
from spikemeter.metering.control_groups import read_throttled_s
from spikemeter.metering.energy_error import SHIFTS
from spikemeter.metering.machine import (
    describe_machine,
    open_source,
    read_others_s,
    take_cuda_peak,
)
from spikemeter.metering.reading import Mark, Reading, Window, summarise
from spikemeter.metering.source import Sample, Source, UnavailableError

SETTLE_S = 4.0
OTHERS = "other_compute_processes"


@dataclass
class Phase:
    """A phase of a run; it has a ``reading`` once it is over.

    ``peak_bytes`` are those of `spikemeter.metering.machine.take_cuda_peak` so far;
    ``shifts`` counts the calls of `Meter.shift`, which took ``paused_s``.
    """

    name: str
    peak_bytes: int | None = None
    shifts: int = 0
    paused_s: float = 0.0
    result: Reading | None = None

    @property
    def reading(self) -> Reading:
        """What the phase cost. Raises a RuntimeError before it is over."""
        if self.result is None:
            raise RuntimeError("a phase has no reading before its block has ended")
        return self.result


class Meter:
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
        Seconds on a clock that goes on while the process is stopped or the machine
        sleeps. That time is left out of all numbers, see
        `spikemeter.metering.clock.WorkClock`: open the meter in the thread that works.

    Attributes
    ----------
    missing : dict
        The reason for each value that some phase does not have.

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
        clock: Callable[[], float] = read_clock,
    ) -> None:
        if not interval_s > 0:
            raise ValueError(f"the meter's interval_s is {interval_s} but must be > 0")
        self.missing: dict[str, str] = {}
        self._device = device
        self._interval_s = interval_s
        self._clock = clock
        self._source = open_source(device) if board is None else board
        self._work = WorkClock(clock, interval_s)
        self._conditions = describe_machine(device, self._source)
        if device.type == "cuda" and self._conditions[OTHERS] is None:
            self.missing[OTHERS] = self._source.reason(OTHERS)
        self._idle: Reading | None = None
        self._open: list[Phase] = []
        self._samples: list[Sample] = []
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="meter", daemon=True)

    def __enter__(self) -> Self:
        """Start sampling."""
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """Stop sampling and close the source."""
        self._stop.set()
        self._thread.join()
        self._source.close()

    def _run(self) -> None:
        # Deadlines are counted from the start, because the time a sample takes
        # would add up; deadlines missed while the machine slept are left out.
        start_s = self._clock()
        due_s = 0.0
        while not self._stop.wait(max(0.0, start_s + due_s - self._clock())):
            self.sample()
            passed = (self._clock() - start_s) // self._interval_s
            due_s = (passed + 1) * self._interval_s

    @property
    def machine(self) -> str:
        """The name of the metered GPU, or of the CPU with its threads."""
        found = self._conditions
        return str(found["board"] or f"{found['cpu']}, {found['cpu_threads']} threads")

    @property
    def can_meter_energy(self) -> bool:
        """Whether power or energy can be read."""
        return self._source.meters_energy

    def conditions(self) -> dict[str, Any]:
        """Return the machine and the settings of the meter; None if unknown."""
        sensor, idle = self._source.sensor, self._idle
        return self._conditions | {
            "interval_s": self._interval_s,
            "idle_w": idle and idle.power_w,
            "power_sensor": sensor and sensor._asdict(),
        }

    def samples(self, first: int = 0) -> list[tuple[Any, ...]]:
        """Return the samples from number ``first`` on, as rows of power.csv."""
        return [sample[:-1] for sample in self._samples[first:]]

    def sample(self) -> None:
        """Take one sample now, in addition to those of the thread."""
        with self._lock:
            time_s = self._read_time_s()
            values = self._source.sample(time_s)
            phase = self._open[-1].name if self._open else None
            self._samples.append(Sample(time_s, phase, **values))

    def now_s(self) -> float:
        """Return the seconds since the opening, without pauses of the process."""
        with self._lock:
            return self._read_time_s()

    def _read_time_s(self) -> float:
        """Return the time as `now_s`; the caller holds the lock."""
        if self._work.notice_pause():
            self._source.skip_pause()
        return self._work.time_s

    def mark(self) -> Mark:
        """Return the present moment, for :meth:`since`."""
        first = len(self._samples)
        self.sample()
        return self._wait_for_device()._replace(first=first)

    def since(self, start: Mark) -> Reading:
        """Return the reading since a moment."""
        return self._summarise(start, self._wait_for_device())

    @contextmanager
    def phase(self, name: str) -> Iterator[Phase]:
        """Meter the block; the yielded phase has its ``reading`` afterwards.

        Phases may be nested; a sample carries the name of the innermost one.
        """
        self._note_peak()
        phase = Phase(name)
        self._open.append(phase)
        try:
            start = self.mark()
            yield phase
            end = self._wait_for_device()
            self.sample()
            self._note_peak()
        finally:
            self._open.remove(phase)
        shifted = phase.shifts >= SHIFTS - 1
        phase.result = self._summarise(start, end, phase.peak_bytes, shifted)
        self.missing |= phase.result.missing

    def shift(self) -> None:
        """Pause a little, if the power sensor is blind for a part of the time.

        What is repeated in step with the sensor's windows then falls differently into
        them: call it between repetitions, `SHIFTS` - 1 times or more in a phase.
        """
        sensor = self._source.sensor
        if sensor is None or not sensor.part_time:
            return
        start_s = self.now_s()
        time.sleep(sensor.update_s / SHIFTS)
        shifted_s = self.now_s() - start_s
        for phase in self._open:
            phase.shifts += 1
            phase.paused_s += shifted_s

    def baseline(self, seconds: float = 5.0) -> None:
        """Measure the idle power that ``net_energy_j`` subtracts.

        Call it after the CUDA context exists, which itself draws power, and before the
        work. Clocks and power fall for ``SETTLE_S`` after the context is made; they
        are not part of it. Without a power reading it returns at once.
        """
        if not self.can_meter_energy:
            self.sample()  # a source has its reasons after the first sample
            self.missing["idle_w"] = self._source.reason("power_w")
            return
        before = dict(self.missing)
        time.sleep(SETTLE_S)
        with self.phase("baseline") as phase:
            time.sleep(seconds)
        self.missing = before  # of the work alone
        self._idle = phase.reading
        if self._idle.power_w is None:
            self.missing["idle_w"] = self._idle.missing["power_w"]

    def _wait_for_device(self) -> Mark:
        """Wait until the device is idle and return that moment."""
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
        with self._lock:
            return Mark(
                self._read_time_s(),
                _try(self._source.energy_j),
                read_others_s(),
                dram_j=_try(self._source.dram_j),
                throttled_s=_try(read_throttled_s),
                pauses=self._work.pauses,
                paused_s=self._work.paused_s,
            )

    def _note_peak(self) -> None:
        """Give the peak of torch's memory to every open phase and reset it."""
        peak_bytes = take_cuda_peak(self._device)
        if peak_bytes is None:
            return
        for phase in self._open:
            phase.peak_bytes = max(peak_bytes, phase.peak_bytes or 0)

    def _summarise(
        self,
        start: Mark,
        end: Mark,
        peak_bytes: int | None = None,
        shifted: bool = False,
    ) -> Reading:
        samples = self._samples[start.first :]
        read = samples, self._source, peak_bytes, self._idle, self._interval_s, shifted
        return summarise(Window(start, end, *read))


def _try(read: Callable[[], float]) -> float | str:
    """Return what is read, or why it is missing."""
    try:
        return read()
    except UnavailableError as error:
        return str(error)
