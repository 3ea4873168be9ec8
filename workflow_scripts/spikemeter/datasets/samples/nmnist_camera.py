"""The camera that recorded N-MNIST, as a model: from a moving digit to events.

The model is that of ESIM (Rebecq et al. 2018) with N-MNIST's movement. Its constants
are fitted to every seventh of the first 700 training recordings (Orchard et al. 2015,
doi:10.3389/fnins.2015.00437).
"""

from typing import NamedTuple

import numpy as np
from scipy.interpolate import PchipInterpolator  # type: ignore[import-untyped]

from spikemeter.datasets.event_files import SENSOR_SIZE, compiled

PIXELS = SENSOR_SIZE**2
MARGIN = 7  # pixels of ground around the view: room for movement and blur
PADDED = SENSOR_SIZE + 2 * MARGIN
REACH = 3  # pixels on each side that blur into one
GREYS = 1024  # knots of the logarithm's table

# Where the digit is, four to a line: time in ms, and how far from the centre, right and
# down, in pixels. Cross-correlation of recordings with digits, then refined by the fit.
_PATH = np.fromstring(
    """
        0 -2.50 -2.10    12.5 -2.30 -1.84    22.5 -2.67 -1.37    32.5 -2.55 -0.58
     42.5 -2.67  0.62    52.5 -2.40  1.89    62.5 -1.88  2.83    72.5 -1.19  3.28
     82.5 -1.08  3.52     105 -0.99  3.60     115 -0.82  3.66   122.5 -0.58  3.60
    132.5  0.06  3.03   142.5  0.80  2.20   152.5  1.42  0.89   162.5  1.53 -0.32
    172.5  2.10 -1.27   182.5  2.42 -1.58   192.5  2.58 -1.68     205  2.79 -1.84
      215  3.00 -1.70     225  3.05 -1.69   232.5  2.68 -2.05   242.5  1.63 -1.47
    252.5  0.69 -1.68   262.5 -0.46 -1.63   272.5 -1.46 -1.47   282.5 -1.93 -1.73
    292.5 -2.25 -1.94   302.5 -2.40 -1.88     308 -2.11 -1.94
    """,
    sep=" ",
).reshape(-1, 3)
DURATION_MS = int(_PATH[-1, 0])

# The camera, all from the fit but where noted.
CONTRAST = 0.83  # of ink to ground; only its ratio to the thresholds counts
BLUR_PX = 0.63  # standard deviation of the optical blur
CUTOFF_HZ = 315.0  # of the pixel's first-order low-pass
ON_THRESHOLD = 0.2447  # change of log intensity that makes an event
OFF_THRESHOLD = 0.2422
THRESHOLD_SPREAD = 0.03  # standard deviation over pixels, of 1: v2e's
REFRACTORY_MS = 1.79  # least time between two events of a pixel
START_SPREAD = 0.31  # of first references, as a share of both thresholds
LEAK_HZ = 0.27  # ON events of a dark corner's pixel, counted; OFF 0.0007


class CameraModel(NamedTuple):
    """What the camera does to every digit.

    Attributes
    ----------
    first : int64 array of shape (ms, 2)
        The padded row and column that blur first into row and column 0 of the view.
    taps : float32 array of shape (ms, 2, 7)
        The weights of the blur.
    logarithm : float32 array
        The log intensity of ``GREYS`` shares of ink.
    on, off : float32 array of shape (1156,)
        The pixels' thresholds.
    decay, refractory_ms : float32
        Of the pixels' low-pass in 1 ms, and their dead time.
    """

    first: np.ndarray
    taps: np.ndarray
    logarithm: np.ndarray
    on: np.ndarray
    off: np.ndarray
    decay: np.float32
    refractory_ms: np.float32


def make_model(seed: int) -> CameraModel:
    """Return the model of the camera; the seed draws its pixels' thresholds."""
    place = PchipInterpolator(_PATH[:, 0], _PATH[:, :0:-1])(np.arange(DURATION_MS + 1))
    whole = np.round(place)
    distance = (place - whole)[..., None] + np.arange(-REACH, REACH + 1)
    taps = np.exp(-(distance**2) / (2 * BLUR_PX**2))
    ink = np.minimum(np.arange(GREYS + 2) / GREYS, 1)
    normal = np.random.default_rng(seed).standard_normal(PIXELS)
    factor = 1 + THRESHOLD_SPREAD * normal
    return CameraModel(
        MARGIN - REACH - whole.astype(np.int64),
        (taps / taps.sum(axis=-1, keepdims=True)).astype(np.float32),
        np.log1p(-CONTRAST * ink).astype(np.float32),
        (ON_THRESHOLD * factor).astype(np.float32),
        (OFF_THRESHOLD * factor).astype(np.float32),
        np.float32(np.exp(-2 * np.pi * CUTOFF_HZ / 1000)),
        np.float32(REFRACTORY_MS),
    )


@compiled
def record(image, starts, model):  # type: ignore[no-untyped-def]
    """Return the events of a digit, as words ``µs << 13 | p << 12 | y << 6 | x``.

    Between two views, 1 ms apart, a pixel's signal is a straight line. An event moves
    its reference by one threshold, and it sees nothing until its dead time is over.
    Events are sorted by ms. The image, float32 (48, 48), has a margin of ground, and 1
    for ink; ``starts``, float32 (1156,), are the first references of the pixels,
    relative to their first view.
    """
    now, view = np.empty(PIXELS, np.float32), np.empty(PIXELS, np.float32)
    _view(image, model, 0, now)
    before, reference = now.copy(), now + starts
    ready_ms = np.zeros(PIXELS, np.float32)
    # By the dead time no digit has more events: nothing is ever cut off.
    most = int(len(model.first) / model.refractory_ms) + 2
    words, count = np.empty(PIXELS * most, np.int64), 0
    for ms in range(1, len(model.first)):
        _view(image, model, ms, view)
        for i in range(PIXELS):
            before[i] = now[i]
            now[i] = view[i] + model.decay * (now[i] - view[i])
        for i in range(PIXELS):
            while ready_ms[i] < ms:
                change = now[i] - reference[i]
                if change >= model.on[i]:
                    polarity, level = 1, reference[i] + model.on[i]
                elif -change >= model.off[i]:
                    polarity, level = 0, reference[i] - model.off[i]
                else:
                    break
                time_ms = max(ready_ms[i], np.float32(ms - 1))
                slope = now[i] - before[i]
                if slope != 0:
                    crossing = np.float32(ms - 1) + (level - before[i]) / slope
                    time_ms = min(max(time_ms, crossing), np.float32(ms))
                time_us = np.int64(np.round(time_ms * 1000))
                row, column = divmod(i, SENSOR_SIZE)
                words[count] = time_us << 13 | polarity << 12 | row << 6 | column
                count += 1
                reference[i] = level
                ready_ms[i] = time_ms + model.refractory_ms
    return words[:count]


@compiled
def _view(image, model, ms, view):  # type: ignore[no-untyped-def]
    """Write the log intensity that the pixels see: the digit moved and blurred."""
    seen = image.ravel()
    for axis in range(2):
        # Columns as well on the flat array: those that wrap around are not in the view.
        width, unblurred = (PADDED, 1)[axis], seen
        seen = np.zeros(SENSOR_SIZE * PADDED, np.float32)
        for tap in range(2 * REACH + 1):
            moved = unblurred[(model.first[ms, axis] + tap) * width :]
            for i in range(min(len(seen), len(moved))):
                seen[i] += model.taps[ms, axis, tap] * moved[i]
    for row in range(SENSOR_SIZE):
        for column in range(SENSOR_SIZE):
            grey = seen[row * PADDED + column] * np.float32(GREYS)
            knot = np.uint32(grey)
            rest = grey - np.float32(knot)
            low, high = model.logarithm[knot], model.logarithm[knot + 1]
            view[row * SENSOR_SIZE + column] = low + rest * (high - low)
