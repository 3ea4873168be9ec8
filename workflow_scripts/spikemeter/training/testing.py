"""The test of a trained network, repeated until it is long enough to meter."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd
import torch

from spikemeter.metering.meter import Meter
from spikemeter.training.loop import run_pass
from spikemeter.training.model import Model
from spikemeter.training.operation_counts import count_operations
from spikemeter.training.randomness import derive_key
from spikemeter.training.run import Bar
from spikemeter.training.samples import Samples
from spikemeter.training.scores import compute_scores
from spikemeter.training.steps import find_contradictions

LEAST_S = 2.0


@dataclass(frozen=True)
class Repetition:
    """How long a test is repeated.

    Attributes
    ----------
    min_s, max_passes : float, int
        If energy is metered, passes are repeated until one of them is reached.
    """

    min_s: float
    max_passes: int

    def is_enough(self, passes: int, seconds: float, metered: bool) -> bool:
        """Tell whether the passes so far are enough.

        They last at least ``LEAST_S``: shorter times are not reliable, and power is
        not metered in less than a second.
        """
        if seconds < LEAST_S:
            return False
        return not metered or passes >= self.max_passes or seconds >= self.min_s


def test(
    model: Model,
    samples: Samples,
    seed: int,
    meter: Meter,
    repetition: Repetition,
    bar: Bar,
) -> dict[str, Any]:
    """Run the test set through the network and meter it.

    The first pass gives the scores and warms up; it is not metered. The metered
    passes repeat it with the same draws of the encoding.

    Returns
    -------
    dict
        Scores, confusion matrix (rows are true classes), counts of tied and silent
        samples, spikes per neuron and step of each stage, passes, ``seconds`` of
        one pass, and the reading over all passes.
    """
    order = torch.arange(len(samples.labels))

    def once() -> Any:
        with bar("test", len(order)) as progress:
            return run_pass(model, samples, order, _draws(seed), progress=progress)

    tally = once()
    passes, start_s = 0, time.perf_counter()
    with meter.phase("test") as phase:
        while not repetition.is_enough(
            passes, time.perf_counter() - start_s, meter.can_meter_energy
        ):
            once()
            passes += 1
    reading = phase.reading
    return {
        "samples": tally.samples,
        "confusion": tally.confusion.tolist(),
        **asdict(compute_scores(tally.confusion)),
        "tied": tally.tied,
        "silent": tally.silent if model.settings.spiking else None,
        "spikes_per_neuron_step": list(tally.spikes_per_neuron_step),
        "passes": passes,
        "seconds": reading.seconds / passes,
        "energy_per_pass_j": (
            None if reading.energy_j is None else reading.energy_j / passes
        ),
        "reading": asdict(reading),
    }


def count(
    model: Model, samples: Samples, seed: int, scored: Mapping[str, Any], bar: Bar
) -> pd.DataFrame:
    """Count the operations of the scored pass again, without metering.

    Parameters
    ----------
    model, samples, seed, bar
        As for :func:`test`.
    scored : mapping
        What :func:`test` returned.

    Returns
    -------
    DataFrame
        See :func:`spikemeter.training.operation_counts.count_operations`.

    Raises
    ------
    RuntimeError
        If the spikes or scores differ.
    """
    with bar("count", len(samples.labels)) as progress:
        table = count_operations(model, samples, _draws(seed), progress)
    for found in find_contradictions(table, model.synapses.stages, scored):
        raise RuntimeError(
            f"the pass that counts operations differs from the one that was scored "
            f"({found}): run the same command again, or set device: cpu in config.yaml"
        )
    return table


def _draws(seed: int) -> int:
    """Return the key of the encoding: all passes see the same spikes."""
    return derive_key(seed, "test")
