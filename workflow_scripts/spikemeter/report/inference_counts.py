"""The synaptic operations of a run: of one inference, and of its first steps."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from spikemeter.report.runs import Run
from spikemeter.training.steps import name_column

# One number, or one for each step.
Amount = float | npt.NDArray[np.float64]


class Counts(NamedTuple):
    """What one inference takes in all layers, means over the test samples.

    Attributes
    ----------
    spiking : bool
        Whether the network spikes.
    dense_macs, macs, acs, neuron_updates
        As `operations` of test.json has them.
    synaptic_events
        None if the inputs of a layer are not events.
    """

    spiking: bool
    dense_macs: Amount
    macs: Amount
    acs: Amount
    neuron_updates: Amount
    synaptic_events: Amount | None


def count_per_inference(run: Run) -> Counts:
    """Return what one inference takes over all steps."""
    stages = run.test["operations"]

    def total(name: str) -> Any:
        return sum(stage[name] for stage in stages)

    known = all(stage["synaptic_events"] is not None for stage in stages)
    return Counts(
        spiking=run.spiking,
        dense_macs=total("dense_macs"),
        macs=total("macs"),
        acs=total("acs"),
        neuron_updates=total("neuron_updates"),
        synaptic_events=total("synaptic_events") if known else None,
    )


def count_by_step(run: Run) -> Counts:
    """Return what the first t steps of an inference take.

    Returns
    -------
    Counts
        Arrays of shape (steps,): the last value is that of :func:`count_per_inference`.
    """
    whole, steps = count_per_inference(run), len(run.steps)
    share = np.arange(1, steps + 1) / steps

    def so_far(name: str) -> Any:
        stages = range(1, len(run.test["operations"]) + 1)
        columns = run.steps[[name_column(number, name) for number in stages]]
        totals = columns.sum(axis=1, skipna=False).to_numpy(float)
        return totals.cumsum() / run.test["samples"]

    return whole._replace(
        dense_macs=whole.dense_macs * share,
        macs=so_far("macs"),
        acs=so_far("acs"),
        neuron_updates=whole.neuron_updates * share,
        synaptic_events=(
            None if whole.synaptic_events is None else so_far("synaptic_events")
        ),
    )
