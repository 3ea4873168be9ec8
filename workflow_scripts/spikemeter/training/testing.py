"""The test of a trained network, its scores and the count of its operations."""

from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch

from spikemeter.metering.energy_error import SHIFTS
from spikemeter.metering.meter import Meter
from spikemeter.training.draws import count_draws
from spikemeter.training.loop import Tally, run_pass
from spikemeter.training.model import Model
from spikemeter.training.operation_counts import count_operations
from spikemeter.training.randomness import derive_key
from spikemeter.training.run import Bar
from spikemeter.training.samples import Samples
from spikemeter.training.self_check import Pass, warm_up
from spikemeter.training.steps import find_contradictions

# Shorter times are not reliable, and power is not metered in less than a second.
LEAST_S = 2.0
# The readings of a sensor rise for a second or more after the power does.
WARM_UP_S = 2.0


class Repetition(NamedTuple):
    """How long a test whose energy is metered is repeated: until one is reached."""

    min_s: float
    max_passes: int

    def share(self, seconds: float, passes: int, metered: bool) -> float:
        """Return how much of it is done, 1 or more if all of it is."""
        least = seconds / LEAST_S
        if not metered:
            return least
        return min(least, max(seconds / self.min_s, passes / self.max_passes))


def test(
    model: Model,
    samples: Samples,
    seed: int,
    meter: Meter,
    repetition: Repetition,
    bar: Bar,
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Run the test set through the network, meter it and count its operations.

    The first pass gives the scores. Where energy is metered, it is followed by
    ``WARM_UP_S`` of passes that are not, and on a sensor that is blind for a part of
    the time the metered passes are shifted against its windows. They repeat the first
    one with the same draws of the encoding, for at least ``LEAST_S``.
    The pass that counts repeats it once more, unmetered: a RuntimeError says if spikes
    or scores differ. :func:`draw_again` follows, unmetered too. Returns the scores,
    passes and reading, as test.json has them, and the table of
    :func:`spikemeter.training.operation_counts.count_operations`.
    """
    order = torch.arange(len(samples.labels))
    key = derive_key(seed, "test")

    self_check = warm_up(model, samples, [Pass(order, learns=False)], key)

    def run_once() -> Tally:
        with bar("test", len(order)) as progress:
            return run_pass(model, samples, order, key, progress=progress)

    tally = run_once()
    metered, start_s = meter.can_meter_energy, meter.now_s()
    while metered and meter.now_s() - start_s < WARM_UP_S:
        run_once()
    passes, share, start_s = 0, 0.0, meter.now_s()
    with meter.phase("test") as phase:
        while share < 1:
            if share * SHIFTS >= phase.shifts + 1:
                meter.shift()
            run_once()
            passes += 1
            share = repetition.share(meter.now_s() - start_s, passes, metered)
    reading = phase.reading
    energy_j = reading.energy_j
    result = {
        "samples": tally.samples,
        "confusion": tally.confusion.tolist(),
        **compute_scores(tally.confusion),
        "accuracy": tally.expected_accuracy,
        "correct": tally.correct,
        "tied": tally.tied,
        "silent": tally.silent,
        "spikes_per_neuron_step": list(tally.spikes_per_neuron_step),
        "passes": passes,
        "seconds": (reading.seconds - phase.paused_s) / passes,
        "energy_per_pass_j": None if energy_j is None else energy_j / passes,
        "reading": asdict(reading),
        "self_check": self_check,
    }
    with bar("count", len(order)) as progress:
        steps = count_operations(model, samples, key, progress)
    for found in find_contradictions(steps, model.synapses.stages, result):
        raise RuntimeError(
            f"the pass that counts operations differs from the one that was scored "
            f"({found}): run the same command again, or set device: cpu in config.yaml"
        )
    return result | {"draws": draw_again(model, samples, seed, bar)}, steps


def draw_again(
    model: Model, samples: Samples, seed: int, bar: Bar
) -> dict[str, float] | None:
    """Test with other draws of a random encoding; None if the encoding draws nothing.

    Returns their ``count``; the mean and the sample standard deviation of the accuracy,
    expected over ties; and the mean with each tie decided by its lowest class.
    """
    order, tallies = torch.arange(len(samples.labels)), []
    count = count_draws(model.settings)
    for number in range(1, count + 1):
        key = derive_key(seed, "test", "draw", number)
        with bar(f"draw {number}/{count}", len(order)) as progress:
            tallies.append(run_pass(model, samples, order, key, progress=progress))
    if not tallies:
        return None
    accuracies = [tally.expected_accuracy for tally in tallies]
    lowest_index = [tally.accuracy for tally in tallies]
    return {
        "count": count,
        "accuracy_mean": float(np.mean(accuracies)),
        "accuracy_sd": float(np.std(accuracies, ddof=1)),
        "accuracy_lowest_index_mean": float(np.mean(lowest_index)),
    }


def compute_scores(confusion: np.ndarray) -> dict[str, float]:
    """Compute the scores of a confusion matrix, over the classes that samples have.

    An output that stands for no class of the samples only takes them away from the
    others. ``accuracy_lowest_index``, named after how the matrix decides ties;
    ``recall_macro``, the mean over the classes of the share of a class's
    samples classified right; ``f1_macro``, the mean of 2 precision recall / (precision
    + recall); and ``f1_paper``, 2 accuracy recall / (accuracy + recall), which the
    study prints as F1: it has no precision, and on balanced classes equals the
    accuracy. All are from 0 to 1; a share of 0/0 counts as 0. The matrix counts samples
    by true class (row) and predicted class (column).
    """
    samples = confusion.sum(axis=1)
    classes = np.flatnonzero(samples)
    right = np.diag(confusion)[classes].astype(float)
    accuracy = float(right.sum() / samples.sum())
    recall = right / samples[classes]
    precision = _ratio(right, confusion.sum(axis=0)[classes])
    f1 = _ratio(2 * precision * recall, precision + recall)
    recall_macro = float(recall.mean())
    both = accuracy + recall_macro
    return {
        "accuracy_lowest_index": accuracy,
        "recall_macro": recall_macro,
        "f1_macro": float(f1.mean()),
        "f1_paper": 2 * accuracy * recall_macro / both if both > 0 else 0.0,
    }


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Divide elementwise; 0 where the denominator is 0."""
    out = np.zeros(len(numerator))
    return np.divide(numerator, denominator, out=out, where=denominator > 0)
