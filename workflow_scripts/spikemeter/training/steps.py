"""The columns of steps.csv, which holds the counts of a test for each time step.

Import-light, so that the report can read it without loading PyTorch.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from spikemeter.networks.notation import Stage

SCORES = ("correct", "correct_lowest_index", "tied", "silent")
OF_A_STAGE = ("spikes", "macs", "acs", "synaptic_events")
NO_SPIKES = "a ReLU network does not spike"
NO_EVENTS = "stage 1 is fed with the intensities of images, which are no events"


def name_columns(stages: int) -> list[str]:
    """Return the columns of steps.csv for a network with ``stages`` stages."""
    names = [name_column(n, name) for n in range(1, stages + 1) for name in OF_A_STAGE]
    return ["step", *SCORES, *names]


def name_column(number: int, name: str) -> str:
    """Return the column of a count in ``OF_A_STAGE``; stages are numbered from 1."""
    return f"stage{number}_{name}"


def average_operations(
    table: pd.DataFrame, stages: Sequence[Stage], samples: int
) -> list[dict[str, Any]]:
    """Return the operations of one inference in each stage, means over the samples.

    They are, over all steps of a table of
    :func:`spikemeter.training.operation_counts.count_operations`: ``dense_macs``
    (multiply-accumulates where no zero is skipped), ``macs`` and ``acs`` (those that
    inputs and weights other than 0 take), ``synaptic_events`` (None where inputs are
    real-valued), ``neuron_updates`` (neurons by steps, 0 for ReLU) and ``spikes`` (None
    for ReLU). ``synapses`` and ``neurons`` are the stage's own.
    """
    steps, spiking = len(table), not table["silent"].isna().any()

    def mean(number: int, name: str) -> float | None:
        column = table[name_column(number, name)]
        return None if column.isna().any() else int(column.sum()) / samples

    return [
        {
            "dense_macs": stage.connections * steps,
            "macs": mean(number, "macs"),
            "acs": mean(number, "acs"),
            "synaptic_events": mean(number, "synaptic_events"),
            "neuron_updates": stage.neurons * steps if spiking else 0,
            "spikes": mean(number, "spikes"),
            "synapses": stage.connections,
            "neurons": stage.neurons,
        }
        for number, stage in enumerate(stages, start=1)
    ]


def explain_missing(table: pd.DataFrame) -> dict[str, str]:
    """Return the reason for each column of the operations that has no number."""
    if table["silent"].isna().any():
        return dict.fromkeys(("spikes", "synaptic_events"), NO_SPIKES)
    if table[name_column(1, "synaptic_events")].isna().any():
        return {"synaptic_events": NO_EVENTS}
    return {}


def find_contradictions(
    table: pd.DataFrame, stages: Sequence[Stage], test: Mapping[str, Any]
) -> Iterator[str]:
    """Yield each score or spike rate of test.json that the steps do not give."""
    samples = test["samples"]
    right = sum(row[n] for n, row in enumerate(test["confusion"]))
    expected = {name: test[name] for name in ("correct", "tied", "silent")}
    expected["correct_lowest_index"] = right
    for name, value in expected.items():
        last = table[name].iloc[-1]
        found = None if pd.isna(last) else last.item()
        if found != value:
            yield f"{name} is {found} after the last step but {value} in the test"
    rates = zip(stages, test["spikes_per_neuron_step"], strict=False)
    for number, (stage, rate) in enumerate(rates, start=1):
        total = int(table[name_column(number, "spikes")].sum())
        found = total / (stage.neurons * samples * len(table))
        if found != rate:
            yield (
                f"stage {number} fires {found} spikes per neuron and step but {rate} "
                "in the test"
            )
