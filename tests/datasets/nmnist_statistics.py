"""What the simulated and the real recordings of N-MNIST are compared by.

``PYTHONPATH=workflow_scripts:. python -m tests.datasets.nmnist_statistics FOLDER``
writes those of real ones, ``FOLDER/Train/<label>/<id>.bin`` (Orchard et al. 2015,
CC BY-SA 4.0), to a file.
"""

import json
import sys
from pathlib import Path

import numpy as np

from spikemeter.datasets.event_files import decode
from spikemeter.files import write_text

FILE = Path(__file__).with_suffix(".json")
QUANTILES = (0.01, 0.5)

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


def main(folder: Path) -> None:
    """Measure the training recordings in ``folder``."""
    paths = sorted(folder.glob("Train/*/*.bin"))
    labels = np.array([int(path.parent.name) for path in paths])
    recordings = [decode(path.read_bytes(), str(path)) for path in paths]
    counts = np.stack([frames(events) for events in recordings])
    totals = counts.sum(axis=(1, 2, 3, 4))
    of_label = [labels == label for label in range(10)]
    saccades = coarse(np.stack([counts[of].mean(axis=0) for of in of_label]))
    by_saccade = counts.sum(axis=(3, 4)).mean(axis=0)
    statistics = {
        "source": "N-MNIST, Orchard et al. 2015, doi:10.3389/fnins.2015.00437, "
        "CC BY-SA 4.0; made by tests/datasets/nmnist_statistics.py",
        "recordings": len(recordings),
        "events_by_label": [totals[of].mean().round(1) for of in of_label],
        "on_share": (counts[:, :, 1].sum() / counts.sum()).round(4),
        "events_by_saccade_and_polarity": by_saccade.round(1).tolist(),
        "events_by_5_ms": rate_profile(recordings).round(2).tolist(),
        "intervals_us": np.quantile(intervals_us(recordings), QUANTILES).tolist(),
        "frame_by_label": saccades.sum(axis=1).round().astype(int).tolist(),
        "frame_by_saccade": saccades.mean(axis=0).round(1).tolist(),
    }
    # One line a key: indented, the frames would take a line a pixel.
    lines = [f"{json.dumps(key)}: {json.dumps(statistics[key])}" for key in statistics]
    write_text(FILE, "{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
