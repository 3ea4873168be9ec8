"""The 40-bit event files of N-MNIST: bytes to events and back."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numba
import numpy as np

SENSOR_SIZE = 34
BYTES_PER_EVENT = 5
TIME_BITS = 23
_OVERFLOW_Y = 240
_OVERFLOW_US = 1 << 13

compiled: Callable[[Callable[..., Any]], Callable[..., Any]] = numba.njit(
    cache=True, nogil=True
)


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

    x: np.ndarray
    y: np.ndarray
    t: np.ndarray
    p: np.ndarray

    def take(self, chosen: np.ndarray | slice) -> "Events":
        """Return the events that a mask, places or a slice choose."""
        return Events(*(field[chosen] for field in self))


def decode(raw: bytes, name: str = "recording") -> Events:
    """Read the 40-bit events of one N-MNIST file.

    Parameters
    ----------
    raw : bytes
        The content of the file: 8 bits x, 8 bits y, 1 bit polarity and 23 bits time
        for each event, the most significant bit first.
    name : str
        What error messages call the recording.

    Returns
    -------
    Events
        The events; markers of a time overflow (y = 240) are applied and left out.

    Raises
    ------
    ValueError
        If the length is no multiple of 5, an event lies outside the sensor or time
        decreases.

    References
    ----------
    Orchard et al. 2015, doi:10.3389/fnins.2015.00437, and the data set's ReadMe; the
    overflow as in tonic's ``read_mnist_file``.
    """
    if len(raw) % BYTES_PER_EVENT:
        raise ValueError(
            f"{name} has {len(raw)} bytes but each event has {BYTES_PER_EVENT}: "
            "it is cut off or no recording of N-MNIST"
        )
    records = np.frombuffer(raw, np.uint8).reshape(-1, BYTES_PER_EVENT)
    kinds = (np.uint8, np.uint8, np.int64, np.uint8)
    events = Events(*(np.empty(len(records), kind) for kind in kinds))
    n_events, bad = _decode(records, *events)
    if bad >= 0:
        x, y = map(int, records[bad, :2])
        problem = "time must not decrease"
        if max(x, y) >= SENSOR_SIZE:
            problem = f"x is {x} and y is {y} but the sensor has 0 to {SENSOR_SIZE - 1}"
        shown = records[bad].tobytes().hex()
        raise ValueError(f"{name}, event {bad}: {problem} (bytes {shown})")
    return events.take(slice(n_events))


@compiled
def _decode(records, x, y, t, p):  # type: ignore[no-untyped-def]
    n_events = 0
    added_us = np.int64(0)
    for i in range(len(records)):
        if records[i, 1] == _OVERFLOW_Y:
            added_us += _OVERFLOW_US
            continue
        x[n_events] = records[i, 0]
        y[n_events] = records[i, 1]
        p[n_events] = records[i, 2] >> 7
        high = np.int64(records[i, 2] & 127) << 16 | np.int64(records[i, 3]) << 8
        t[n_events] = added_us + high + np.int64(records[i, 4])
        if x[n_events] >= SENSOR_SIZE or y[n_events] >= SENSOR_SIZE:
            return n_events, i
        if n_events and t[n_events] < t[n_events - 1]:
            return n_events, i
        n_events += 1
    return n_events, -1


def encode(events: Events) -> bytes:
    """Write events in the 40-bit format, the inverse of :func:`decode`.

    Raises
    ------
    ValueError
        If a coordinate, polarity or time does not fit the format.
    """
    x, y, t, p = (np.asarray(field, np.int64) for field in events)
    limits = (SENSOR_SIZE, SENSOR_SIZE, 1 << TIME_BITS, 2)
    for name, field, limit in zip(Events._fields, (x, y, t, p), limits, strict=True):
        if np.any((field < 0) | (field >= limit)):
            raise ValueError(
                f"{name} is {field.min()} to {field.max()} but the .bin format of "
                f"N-MNIST holds 0 to {limit - 1}; shift or cut the events"
            )
    columns = (x, y, p << 7 | t >> 16, t >> 8 & 255, t & 255)
    return np.stack(columns, axis=1).astype(np.uint8).tobytes()
