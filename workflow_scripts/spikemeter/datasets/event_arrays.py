"""Events of recordings, as arrays."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy.typing as npt

Array = npt.NDArray[Any]


class Events(NamedTuple):
    """Events of one recording in the order of time, each field of shape (n_events,).

    Attributes
    ----------
    x, y : uint8 or uint16
        Column and row, in pixels; y points down.
    t : int64
        Time, in µs.
    p : uint8 or uint16
        Polarity: 0 OFF (darker), 1 ON (brighter); or the channel of another sensor.
    """

    x: Array
    y: Array
    t: Array
    p: Array


class RecordingSet(NamedTuple):
    """Recordings to read one by one.

    Attributes
    ----------
    labels, numbers : tuple of int
        Of each recording.
    most_events : int
        How many events they have together at most.
    recordings : iterator of Events
        Read while the set is open.
    """

    labels: tuple[int, ...]
    numbers: tuple[int, ...]
    most_events: int
    recordings: Iterator[Events]
