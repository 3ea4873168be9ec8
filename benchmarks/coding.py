"""Time the rate coding of images against snnTorch's, side by side."""

import time
from collections.abc import Callable
from statistics import median

import torch
from snntorch import spikegen

from benchmarks.timing import time_call
from spikemeter.datasets.prepared import load_arrays
from spikemeter.datasets.samples import digits
from spikemeter.networks.encodings.rate import RateCoded
from spikemeter.resource_paths import find_resource

BATCH, STEPS = 128, 25


def measure(rounds: int) -> dict[str, list[str]]:
    """Return the ``lines`` of a table: one batch of MNIST, on one thread.

    Parameters
    ----------
    rounds : int
    """
    drawn = load_arrays(find_resource(digits.SAMPLE.file))["train_images"][:BATCH]
    images = torch.from_numpy(drawn)[:, None]
    intensities = images.float() / 255
    coded = RateCoded(images, STEPS, 1, torch.arange(BATCH))
    coders: dict[str, Callable[[], object]] = {
        "snntorch.spikegen.rate": lambda: spikegen.rate(intensities, num_steps=STEPS),
        "spikemeter, dense": coded.dense,
        "spikemeter, 32 steps a word": coded.spike_words,
    }
    times: dict[str, list[float]] = {name: [] for name in coders}
    for _ in range(rounds):
        for name, coder in coders.items():
            times[name].append(time_call(coder, time.process_time))
    medians = {name: median(values) for name, values in times.items()}
    reference_s = medians["snntorch.spikegen.rate"]
    rows = [
        f"| {name} | {1e3 * value:.2f} | {reference_s / value:.1f} |"
        for name, value in medians.items()
    ]
    head = f"| {BATCH} digits, {STEPS} steps | ms a batch | × snnTorch |"
    return {"lines": [head, "|---|---|---|", *rows]}
