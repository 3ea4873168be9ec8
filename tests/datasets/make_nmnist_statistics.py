"""Write nmnist_statistics.json from real recordings of N-MNIST.

Run as ``PYTHONPATH=workflow_scripts:. python -m tests.datasets.make_nmnist_statistics
FOLDER``; FOLDER holds ``Train/<label>/<id>.bin`` (Orchard et al. 2015, CC BY-SA 4.0).
"""

import json
import sys
from pathlib import Path

import numpy as np

from spikemeter.datasets.event_files import decode
from spikemeter.files import write_text
from tests.datasets.nmnist_statistics import coarse, frames, intervals_us, rate_profile

QUANTILES = (0.01, 0.5)


def main(folder: Path) -> None:
    """Measure the training recordings in ``folder``."""
    paths = sorted(folder.glob("Train/*/*.bin"))
    labels = np.array([int(path.parent.name) for path in paths])
    recordings = [decode(path.read_bytes(), str(path)) for path in paths]
    counts = np.stack([frames(events) for events in recordings])
    totals = counts.sum(axis=(1, 2, 3, 4))
    of_label = [labels == label for label in range(10)]
    saccades = coarse(np.stack([counts[of].mean(axis=0) for of in of_label]))
    statistics = {
        "source": "N-MNIST, Orchard et al. 2015, doi:10.3389/fnins.2015.00437, "
        "CC BY-SA 4.0; made by tests/datasets/make_nmnist_statistics.py",
        "recordings": len(recordings),
        "events_by_label": [totals[of].mean().round(1) for of in of_label],
        "on_share": (counts[:, :, 1].sum() / counts.sum()).round(4),
        "events_by_saccade_and_polarity": counts.sum(axis=(3, 4))
        .mean(axis=0)
        .round(1)
        .tolist(),
        "events_by_5_ms": rate_profile(recordings).round(2).tolist(),
        "intervals_us": np.quantile(intervals_us(recordings), QUANTILES).tolist(),
        "frame_by_label": saccades.sum(axis=1).round().astype(int).tolist(),
        "frame_by_saccade": saccades.mean(axis=0).round(1).tolist(),
    }
    # One line a key: indented, the frames would take a line a pixel.
    lines = [f"{json.dumps(key)}: {json.dumps(statistics[key])}" for key in statistics]
    path = Path(__file__).with_name("nmnist_statistics.json")
    write_text(path, "{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
