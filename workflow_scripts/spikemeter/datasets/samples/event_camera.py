"""The pixels of an event camera, compiled: from a moving digit to events."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numba
import numpy as np

from spikemeter.datasets.event_files import SENSOR_SIZE, compiled

PIXELS = SENSOR_SIZE**2
MARGIN = 7  # pixels of ground around the view: room for movement and blur
PADDED = SENSOR_SIZE + 2 * MARGIN
REACH = 3  # pixels on each side that blur into one
GREYS = 1024  # knots of the logarithm's table

_parallel: Callable[[Callable[..., Any]], Callable[..., Any]] = numba.njit(
    cache=True, nogil=True, parallel=True
)


class Scene(NamedTuple):
    """What the digit does: the same for every digit.

    ``first`` (ms, 2) is the padded row and column that blur first into row and column
    0 of the view, ``taps`` (ms, 2, 7) the weights of the blur, ``logarithm`` the table.
    """

    first: np.ndarray
    taps: np.ndarray
    logarithm: np.ndarray


class Sensor(NamedTuple):
    """The pixels: thresholds of shape (1156,), the low-pass's factor, dead time."""

    on: np.ndarray
    off: np.ndarray
    decay: np.float32
    refractory_ms: np.float32


class _State(NamedTuple):
    """Of each pixel: low-pass a step ago and now, reference, end of its dead time."""

    before: np.ndarray
    now: np.ndarray
    reference: np.ndarray
    ready_ms: np.ndarray


@_parallel
def simulate_events(images, starts, scene, sensor, words, counts):  # type: ignore[no-untyped-def]
    """Write the events of each digit, as words ``µs << 13 | p << 12 | y << 6 | x``.

    Parameters
    ----------
    images : float32 array of shape (n, 48, 48)
        Digits on a margin of ground, 1 for ink.
    starts : float32 array of shape (n, 1156)
        First references of the pixels, relative to their first view.
    scene : Scene
    sensor : Sensor
    words : int64 array of shape (n, capacity)
        Filled with the events of each digit, ms by ms.
    counts : int64 array of shape (n,)
        Filled with the number of events of each digit.
    """
    for i in numba.prange(len(images)):
        counts[i] = _record(images[i], starts[i], scene, sensor, words[i])


@compiled
def _record(image, start, scene, sensor, words):  # type: ignore[no-untyped-def]
    """Write the events of one digit, ms by ms, and return their number."""
    now = np.empty(PIXELS, np.float32)
    _view(image, scene, 0, now)
    state = _State(now.copy(), now, now + start, np.zeros(PIXELS, np.float32))
    view = np.empty(PIXELS, np.float32)
    count = 0
    for ms in range(1, len(scene.first)):
        _view(image, scene, ms, view)
        for i in range(PIXELS):
            state.before[i] = state.now[i]
            state.now[i] = view[i] + sensor.decay * (state.now[i] - view[i])
        for i in range(PIXELS):
            change = state.now[i] - state.reference[i]
            dead = state.ready_ms[i] >= ms
            if not dead and (change >= sensor.on[i] or -change >= sensor.off[i]):
                count = _fire(i, ms, state, sensor, words, count)
    return count


@compiled
def _view(image, scene, ms, view):  # type: ignore[no-untyped-def]
    """Write the log intensity that the pixels see: the digit moved and blurred."""
    flat = image.ravel()
    rows = np.zeros(SENSOR_SIZE * PADDED, np.float32)
    both = np.zeros(SENSOR_SIZE * PADDED, np.float32)
    for tap in range(2 * REACH + 1):
        moved = flat[(scene.first[ms, 0] + tap) * PADDED :]
        for i in range(len(rows)):
            rows[i] += scene.taps[ms, 0, tap] * moved[i]
    # On the flat array as well: the columns that wrap around are not in the view.
    for tap in range(2 * REACH + 1):
        moved = rows[scene.first[ms, 1] + tap :]
        for i in range(len(moved)):
            both[i] += scene.taps[ms, 1, tap] * moved[i]
    for row in range(SENSOR_SIZE):
        for column in range(SENSOR_SIZE):
            grey = both[row * PADDED + column] * np.float32(GREYS)
            knot = np.uint32(grey)
            rest = grey - np.float32(knot)
            low, high = scene.logarithm[knot], scene.logarithm[knot + 1]
            view[row * SENSOR_SIZE + column] = low + rest * (high - low)


@compiled
def _fire(i, ms, state, sensor, words, count):  # type: ignore[no-untyped-def]
    """Write the events of pixel ``i`` in the ms before ``ms``; return the new count.

    Between two views a pixel's signal is a straight line. An event moves the reference
    by one threshold, and the pixel sees nothing until its dead time is over.
    """
    slope = state.now[i] - state.before[i]
    while state.ready_ms[i] < ms:
        change = state.now[i] - state.reference[i]
        if change >= sensor.on[i]:
            polarity, level = 1, state.reference[i] + sensor.on[i]
        elif -change >= sensor.off[i]:
            polarity, level = 0, state.reference[i] - sensor.off[i]
        else:
            break
        time_ms = max(state.ready_ms[i], np.float32(ms - 1))
        if slope != 0:
            crossing = np.float32(ms - 1) + (level - state.before[i]) / slope
            time_ms = min(max(time_ms, crossing), np.float32(ms))
        time_us = np.int64(np.round(time_ms * 1000))
        row, column = divmod(i, SENSOR_SIZE)
        words[count] = time_us << 13 | polarity << 12 | row << 6 | column
        count += 1
        state.reference[i] = level
        state.ready_ms[i] = time_ms + sensor.refractory_ms
    return count
