"""Samples of a device, taken in a thread while the work runs."""

import threading
from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter
from typing import Any, NamedTuple, Self

import torch

from spikemeter.metering.host import Host
from spikemeter.metering.nvml import Board
from spikemeter.metering.others import read_others_s
from spikemeter.metering.reading import Phase
from spikemeter.metering.source import NoSource, Sample, Source, UnavailableError

# The columns of power.csv.
SAMPLE_COLUMNS = tuple(
    item.name for item in fields(Sample) if item.name != "throttle_bits"
)
_columns = attrgetter(*SAMPLE_COLUMNS)


class Edge(NamedTuple):
    """A moment: the time, the counter or why it is missing, the CPU time of others."""

    time_s: float
    counter_j: float | str
    others_s: float


class Sampler:
    """The samples of one device, taken by a thread of this process while open.

    A sample carries the name of the last phase in ``_open``. The
    parameters are those of `spikemeter.metering.meter.Meter`.
    """

    def __init__(
        self,
        device: torch.device,
        interval_s: float,
        board: Source | None,
        clock: Callable[[], float],
    ) -> None:
        if not interval_s > 0:
            raise ValueError(f"the meter's interval_s is {interval_s} but must be > 0")
        self._device = device
        self._interval_s = interval_s
        self._clock = clock
        self._source = open_source(device) if board is None else board
        self._opened_s = clock()
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

    def samples(self, first: int = 0) -> list[tuple[Any, ...]]:
        """Return the samples from number ``first`` on, with `SAMPLE_COLUMNS`."""
        return [_columns(sample) for sample in self._samples[first:]]

    def sample(self) -> None:
        """Take one sample now, in addition to those of the thread."""
        with self._lock:
            time_s = self._clock() - self._opened_s
            values = self._source.sample(time_s)
            phase = self._open[-1].name if self._open else None
            self._samples.append(Sample(time_s, phase, **values))

    def _edge(self) -> Edge:
        """Wait until the device is idle and return that moment."""
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
        with self._lock:
            time_s = self._clock() - self._opened_s
            others = read_others_s()
            try:
                return Edge(time_s, self._source.energy_j(), others)
            except UnavailableError as error:
                return Edge(time_s, str(error), others)

    def _run(self) -> None:
        # Deadlines are counted from the start, because the time a sample takes
        # would add up; deadlines missed while the machine slept are left out.
        start_s = self._clock()
        due_s = 0.0
        while not self._stop.wait(max(0.0, start_s + due_s - self._clock())):
            self.sample()
            passed = (self._clock() - start_s) // self._interval_s
            due_s = (passed + 1) * self._interval_s


def open_source(device: torch.device) -> Source:
    """Return the source of readings for ``device``.

    The board is found by its UUID: NVML numbers boards in another order than CUDA.

    Raises
    ------
    ValueError
        If the device is neither a CUDA device nor the CPU.
    """
    if device.type == "cpu":
        return Host()
    if device.type != "cuda":
        raise ValueError(f"device is {device} but only cuda and cpu can be metered")
    try:
        return Board.open(f"GPU-{torch.cuda.get_device_properties(device).uuid}")
    except UnavailableError as error:
        return NoSource(str(error))
