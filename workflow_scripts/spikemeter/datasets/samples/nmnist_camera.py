"""The camera that recorded N-MNIST, as a model: its constants and what they make.

The model is that of ESIM (Rebecq et al. 2018) with N-MNIST's movement. Its constants
are fitted to every seventh of the first 700 training recordings (Orchard et al. 2015,
doi:10.3389/fnins.2015.00437).
"""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator  # type: ignore[import-untyped]

from spikemeter.datasets.event_files import SENSOR_SIZE
from spikemeter.datasets.samples.event_camera import (
    GREYS,
    MARGIN,
    PIXELS,
    REACH,
    Scene,
    Sensor,
)

# Where the digit is: time in ms, and how far from the centre, right and down, in
# pixels. Cross-correlation of recordings with digits, then refined by the fit.
_PATH = np.array(
    [
        (0, -2.50, -2.10),
        (12.5, -2.30, -1.84),
        (22.5, -2.67, -1.37),
        (32.5, -2.55, -0.58),
        (42.5, -2.67, 0.62),
        (52.5, -2.40, 1.89),
        (62.5, -1.88, 2.83),
        (72.5, -1.19, 3.28),
        (82.5, -1.08, 3.52),
        (105, -0.99, 3.60),
        (115, -0.82, 3.66),
        (122.5, -0.58, 3.60),
        (132.5, 0.06, 3.03),
        (142.5, 0.80, 2.20),
        (152.5, 1.42, 0.89),
        (162.5, 1.53, -0.32),
        (172.5, 2.10, -1.27),
        (182.5, 2.42, -1.58),
        (192.5, 2.58, -1.68),
        (205, 2.79, -1.84),
        (215, 3.00, -1.70),
        (225, 3.05, -1.69),
        (232.5, 2.68, -2.05),
        (242.5, 1.63, -1.47),
        (252.5, 0.69, -1.68),
        (262.5, -0.46, -1.63),
        (272.5, -1.46, -1.47),
        (282.5, -1.93, -1.73),
        (292.5, -2.25, -1.94),
        (302.5, -2.40, -1.88),
        (308, -2.11, -1.94),
    ]
)
DURATION_MS = int(_PATH[-1, 0])


@dataclass(frozen=True)
class Camera:
    """The constants of the simulated camera, all from the fit but where noted."""

    contrast: float = 0.83  # of ink to ground; only its ratio to the thresholds counts
    blur_px: float = 0.63  # standard deviation of the optical blur
    cutoff_hz: float = 315.0  # of the pixel's first-order low-pass
    on_threshold: float = 0.2447  # change of log intensity that makes an event
    off_threshold: float = 0.2422
    threshold_spread: float = 0.03  # standard deviation over pixels, of 1: v2e's
    refractory_ms: float = 1.79  # least time between two events of a pixel
    start_spread: float = 0.31  # of first references, as a share of both thresholds
    leak_hz: float = 0.27  # ON events of a dark corner's pixel, counted; OFF 0.0007


CAMERA = Camera()


def make_scene(camera: Camera) -> Scene:
    """Return what the digit does under the saccades, ms by ms."""
    place = PchipInterpolator(_PATH[:, 0], _PATH[:, :0:-1])(np.arange(DURATION_MS + 1))
    whole = np.round(place)
    distance = (place - whole)[..., None] + np.arange(-REACH, REACH + 1)
    taps = np.exp(-(distance**2) / (2 * camera.blur_px**2))
    ink = np.minimum(np.arange(GREYS + 2) / GREYS, 1)
    return Scene(
        MARGIN - REACH - whole.astype(np.int64),
        (taps / taps.sum(axis=-1, keepdims=True)).astype(np.float32),
        np.log1p(-camera.contrast * ink).astype(np.float32),
    )


def make_sensor(camera: Camera, seed: int) -> Sensor:
    """Return the pixels, with the thresholds that the seed gives them."""
    normal = np.random.default_rng(seed).standard_normal(PIXELS)
    factor = 1 + camera.threshold_spread * normal
    return Sensor(
        (camera.on_threshold * factor).astype(np.float32),
        (camera.off_threshold * factor).astype(np.float32),
        np.float32(np.exp(-2 * np.pi * camera.cutoff_hz / 1000)),
        np.float32(camera.refractory_ms),
    )


def draw_starts(
    sensor: Sensor, camera: Camera, generator: np.random.Generator
) -> np.ndarray:
    """Return the pixels' first references (1156,), relative to the first view."""
    place = generator.random(PIXELS, np.float32)
    spread = np.float32(camera.start_spread)
    return spread * (place * (sensor.on + sensor.off) - sensor.off)


def draw_leak(camera: Camera, generator: np.random.Generator) -> np.ndarray:
    """Return ON events at random, as words ``µs << 13 | p << 12 | y << 6 | x``."""
    count = generator.poisson(camera.leak_hz * PIXELS * DURATION_MS / 1000)
    time_us = generator.integers(0, DURATION_MS * 1000, count)
    y, x = np.divmod(generator.integers(0, PIXELS, count), SENSOR_SIZE)
    return time_us << 13 | 1 << 12 | y << 6 | x
