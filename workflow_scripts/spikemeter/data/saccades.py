"""A simulated N-MNIST: digits seen by a model of an event camera that saccades.

The model is that of ESIM (Rebecq et al. 2018) with N-MNIST's movement. Its constants
are fitted to every seventh of the first 700 training recordings (Orchard et al. 2015,
doi:10.3389/fnins.2015.00437). The count frames of the other 600 correlate with the
simulated ones by 0.947 on average, those of the first 100 test recordings by 0.904.
"""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.interpolate import PchipInterpolator  # type: ignore[import-untyped]

from spikemeter.data.event_camera import (
    GREYS,
    MARGIN,
    PADDED,
    PIXELS,
    REACH,
    Scene,
    Sensor,
    expose,
)
from spikemeter.data.event_files import SENSOR_SIZE, Array, Events, encode
from spikemeter.files import whole_file

DIGIT_SIZE = 28
LABELS = 10
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

_CHUNK = 32  # digits simulated at once
_DURATION_MS = int(_PATH[-1, 0])


def simulate(
    images: Array, seed: int = 0, stream: int = 0, camera: Camera = CAMERA
) -> Iterator[Events]:
    """Give the recording of each digit.

    The digit is dark ink on a bright ground: N-MNIST's polarity is inverted with
    respect to MNIST's intensity.

    Parameters
    ----------
    images : uint8 array of shape (n, 28, 28)
        Digits, 255 for ink.
    seed : int
        Seed of the sensor's threshold spread and, with ``stream`` and the place of
        the digit, of its noise. The number of threads has no influence.
    stream : int
        Number of the set: sets seen by the same sensor have different noise.
    camera : Camera
        The camera's constants.

    Yields
    ------
    Events
        About 4,000 events in 308 ms on 34 × 34 pixels.

    Raises
    ------
    ValueError
        If the digits are not uint8 of 28 × 28 pixels.

    References
    ----------
    ESIM: Rebecq, Gehrig, Scaramuzza 2018, CoRL. Threshold spread and leak events:
    v2e, Hu, Liu, Delbruck 2021, arXiv 2006.07722.
    """
    if images.dtype != np.uint8 or images.shape[1:] != (DIGIT_SIZE, DIGIT_SIZE):
        raise ValueError(
            f"images are {images.dtype} of shape {images.shape} but the camera sees "
            f"uint8 of shape (n, {DIGIT_SIZE}, {DIGIT_SIZE}), MNIST's digits"
        )
    scene, sensor = _scene(camera), _sensor(camera, seed)
    # By the dead time no digit has more events: nothing is ever cut off.
    capacity = PIXELS * (int(_DURATION_MS / camera.refractory_ms) + 2)
    for first in range(0, len(images), _CHUNK):
        padded = _padded(images[first : first + _CHUNK])
        noise = [
            np.random.default_rng([seed, stream, first + i]) for i in range(len(padded))
        ]
        starts = np.stack([_starts(sensor, camera, generator) for generator in noise])
        words = np.empty((len(padded), capacity), np.int64)
        counts = np.zeros(len(padded), np.int64)
        expose(padded, starts, scene, sensor, words, counts)
        for row, count, generator in zip(words, counts, noise, strict=True):
            yield _events(np.concatenate((row[:count], _leak(camera, generator))))


def write_archives(
    train_images: Array,
    train_labels: Array,
    test_images: Array,
    test_labels: Array,
    folder: Path,
    seed: int = 0,
) -> None:
    """Write simulated recordings as N-MNIST's ``train.zip`` and ``test.zip``.

    Parameters
    ----------
    train_images, test_images : uint8 arrays of shape (n, 28, 28)
        Digits, 255 for ink.
    train_labels, test_labels : integer arrays of shape (n,)
        Their classes, 0 to 9.
    folder : Path
        Where to write. Members are ``Train/<label>/<id>.bin``, ids from 1 in the order
        of the digits; stored and with a fixed date, so that equal digits give equal
        archives, byte for byte.
    seed : int
        Seed of :func:`simulate`.

    Raises
    ------
    ValueError
        If digits or labels have the wrong shape or range.
    """
    splits = (("Train", train_images, train_labels), ("Test", test_images, test_labels))
    for _, images, labels in splits:
        if len(labels) != len(images) or not np.isin(labels, range(LABELS)).all():
            raise ValueError(
                f"{len(images)} digits have {len(labels)} labels {np.unique(labels)} "
                f"but each needs one from 0 to {LABELS - 1}"
            )
    for stream, (split, images, labels) in enumerate(splits):
        with (
            whole_file(folder / f"{split.lower()}.zip") as path,
            zipfile.ZipFile(path, "w") as archive,
        ):
            recordings = simulate(images, seed, stream)
            for i, (label, events) in enumerate(zip(labels, recordings, strict=True)):
                member = zipfile.ZipInfo(f"{split}/{label}/{i + 1:05d}.bin")
                member.create_system = 3  # Unix, on every system
                archive.writestr(member, encode(events))


def _scene(camera: Camera) -> Scene:
    place = PchipInterpolator(_PATH[:, 0], _PATH[:, :0:-1])(np.arange(_DURATION_MS + 1))
    whole = np.round(place)
    distance = (place - whole)[..., None] + np.arange(-REACH, REACH + 1)
    taps = np.exp(-(distance**2) / (2 * camera.blur_px**2))
    ink = np.minimum(np.arange(GREYS + 2) / GREYS, 1)
    return Scene(
        MARGIN - REACH - whole.astype(np.int64),
        (taps / taps.sum(axis=-1, keepdims=True)).astype(np.float32),
        np.log1p(-camera.contrast * ink).astype(np.float32),
    )


def _sensor(camera: Camera, seed: int) -> Sensor:
    normal = np.random.default_rng(seed).standard_normal(PIXELS)
    factor = 1 + camera.threshold_spread * normal
    return Sensor(
        (camera.on_threshold * factor).astype(np.float32),
        (camera.off_threshold * factor).astype(np.float32),
        np.float32(np.exp(-2 * np.pi * camera.cutoff_hz / 1000)),
        np.float32(camera.refractory_ms),
    )


def _padded(images: Array) -> Array:
    margin = (PADDED - DIGIT_SIZE) // 2
    padding = ((0, 0), (margin, margin), (margin, margin))
    return np.pad(images, padding).astype(np.float32) / np.float32(255)


def _starts(sensor: Sensor, camera: Camera, generator: np.random.Generator) -> Array:
    """Return first references, relative to the first view."""
    place = generator.random(PIXELS, np.float32)
    spread = np.float32(camera.start_spread)
    return spread * (place * (sensor.on + sensor.off) - sensor.off)


def _leak(camera: Camera, generator: np.random.Generator) -> Array:
    """Return ON events at random places and times, as words."""
    count = generator.poisson(camera.leak_hz * PIXELS * _DURATION_MS / 1000)
    time_us = generator.integers(0, _DURATION_MS * 1000, count)
    y, x = np.divmod(generator.integers(0, PIXELS, count), SENSOR_SIZE)
    return time_us << 13 | 1 << 12 | y << 6 | x


def _events(words: Array) -> Events:
    words.sort()
    x, y, p = words & 63, words >> 6 & 63, words >> 12 & 1
    return Events(
        x.astype(np.uint8), y.astype(np.uint8), words >> 13, p.astype(np.uint8)
    )
