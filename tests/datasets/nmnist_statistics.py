"""What the simulated and the real recordings of N-MNIST are compared by."""

import numpy as np

SACCADE_US = 105_000
BIN_US = 5_000
BINS = 63


def frames(events):
    """Return event counts, (3 saccades, 2 polarities, 34, 34)."""
    counts = np.zeros((3, 2, 34, 34))
    saccade = np.minimum(events.t // SACCADE_US, 2)
    np.add.at(counts, (saccade, events.p, events.y, events.x), 1)
    return counts


def rate_profile(recordings):
    """Return events a recording in each of 63 bins of 5 ms."""
    time_us = np.concatenate([events.t for events in recordings])
    bins = np.minimum(time_us // BIN_US, BINS - 1)
    return np.bincount(bins, minlength=BINS) / len(recordings)


def coarse(counts):
    """Sum the last two axes in squares of 2 × 2 pixels."""
    rows, columns = counts.shape[-2] // 2, counts.shape[-1] // 2
    return counts.reshape(*counts.shape[:-2], rows, 2, columns, 2).sum((-3, -1))


def intervals_us(recordings):
    """Return the times between successive events of a pixel."""
    found = []
    for events in recordings:
        pixel = events.y.astype(np.int64) * 34 + events.x
        order = np.lexsort((events.t, pixel))
        same = np.diff(pixel[order]) == 0
        found.append(np.diff(events.t[order])[same])
    return np.concatenate(found)
