"""Loads of a board, and a sensor that reads them, on a clock of 5 ms."""

from typing import NamedTuple

import numpy as np

TICK_S = 0.005
IDLE_W, PAUSE_W, WARM_UP_S = 25.0, 60.0, 2.0


def constant(n, rng):
    return np.full(n, 150.0)


def drift(n, rng):
    seconds = np.arange(n) * TICK_S
    return 140 * (1.1 - 0.1 * np.exp(-seconds / 30)) + rng.normal(0, 3, n)


def epochs(n, rng):
    """Training and validation in turns."""
    seconds = np.arange(n) * TICK_S + rng.uniform(0, 1.3)
    return np.where(seconds % 1.3 < 0.9, 130.0, 60.0)


def locked(n, rng):
    """Batches of 50 ms, two in each update of the sensor."""
    return np.where(np.arange(n) % 10 < 5, 130.0, 90.0)


def batches(n, rng):
    """Batches of about 35 ms."""
    lengths = np.maximum(2, rng.normal(7, 1, n // 4 + 1).round().astype(int))
    high, low = (lengths * 0.7).round().astype(int), lengths
    halves = np.column_stack([high, low - high]).ravel()
    return np.repeat(np.tile([160.0, 70.0], len(lengths)), halves)[:n]


def bursts(n, rng):
    lengths = 1 + rng.exponential(0.2 / TICK_S, n // 10 + 20).astype(int)
    powers = np.where(np.arange(len(lengths)) % 2, 170.0, 60.0)
    found = np.repeat(powers, lengths)[:n]
    return np.concatenate([found, np.full(n - len(found), 60.0)])


LOADS = (constant, drift, epochs, locked, batches, bursts)


class Metered(NamedTuple):
    """What a phase really took, and what a sensor made of it."""

    true_j: float
    counted_j: float
    sampled_j: float
    power_w: np.ndarray


def meter(sensor, load, seconds, rng, warm_up_s=WARM_UP_S):
    """Meter a load after some idle time and a warm-up.

    On a part-time sensor, the load is shifted by seven pauses of an eighth of the
    time between two readings.
    """
    n, before = round(seconds / TICK_S), round((3 + warm_up_s) / TICK_S)
    pieces = 8 if sensor.part_time else 1
    pause = np.full(round(sensor.update_s / pieces / TICK_S), PAUSE_W)
    work = [load(n // pieces, rng) for _ in range(pieces)]
    shifted = [part for piece in work for part in (piece, pause)][:-1]
    warm_up = load(round(warm_up_s / TICK_S), rng)
    idle = np.full(before - len(warm_up), IDLE_W)
    power = np.concatenate([idle, warm_up, *shifted])
    gain = 1 + rng.normal(0, sensor.gain_pct / 100 / 1.96)
    update, window = (round(s / TICK_S) for s in (sensor.update_s, sensor.window_s))
    total = np.concatenate([[0.0], power.cumsum()])
    updates = np.arange(window + rng.integers(update), len(total), update)
    readings = gain * (total[updates] - total[updates - window]) / window
    # The counter adds up what the sensor sees between two updates.
    seen = min(update, window)
    parts = gain * (total[updates] - total[updates - seen]) / seen * sensor.update_s
    counter = np.concatenate([[0.0], parts.cumsum()])
    edges = np.array([before, len(power)])
    samples = np.arange(before + rng.integers(20), len(power), 20)
    samples = np.concatenate([edges[:1], samples, edges[1:]])
    power_w = readings[np.searchsorted(updates, samples, side="right") - 1]
    start_j, end_j = counter[np.searchsorted(updates, edges, side="right")]
    true_j = power[before:].sum() * TICK_S
    sampled_j = np.trapezoid(power_w, samples * TICK_S)
    return Metered(true_j, end_j - start_j, sampled_j, power_w)
