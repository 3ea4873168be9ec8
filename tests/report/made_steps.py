"""What a made-up test counted, step by step, as it ends in the scores of test.json."""

from typing import Any

import numpy as np
import pandas as pd

from spikemeter.training.steps import OF_A_STAGE, name_column, name_columns


def made_steps(test: dict[str, Any], steps: int) -> pd.DataFrame:
    """Return the table of a network of 784 inputs, 4 neurons and 10 outputs.

    Half of the inputs are not 0, or spike, in every step; a spiking network fires
    0.125 and 0.25 times a neuron and step. The last step has the scores of ``test``.
    """
    samples, steps_left = test["samples"], np.arange(steps)[::-1]
    right = sum(row[n] for n, row in enumerate(test["confusion"]))
    table = pd.DataFrame({"step": np.arange(1, steps + 1)})
    table["correct"] = right - right // 50 * steps_left
    table["tied"] = test["tied"] + samples // 100 * steps_left
    entering = 392 * 4 * samples
    if test["silent"] is None:
        macs = {"stage1_macs": entering, "stage2_macs": 2 * 10 * samples}
        table = table.assign(**macs, stage1_acs=0, stage2_acs=0)
        return table.reindex(columns=name_columns(2))
    table["silent"] = test["silent"] + samples // 200 * steps_left
    spikes = 4 * samples // 8, 10 * samples // 4
    for number, events in enumerate((entering, spikes[0] * 10), start=1):
        values = (spikes[number - 1], 0, events, events)
        table[[name_column(number, name) for name in OF_A_STAGE]] = values
    return table
