"""How much the spiking networks spike, and how often they cannot decide."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from spikemeter.report.tables.cells import (
    count_decimals,
    format_cell,
    format_head,
    format_number,
    list_engines,
    make_mean_columns,
    start_row,
)
from spikemeter.report.tables.table import Groups, Pair, Table

DECODING_NOTE = (
    "Tied: two or more classes spiked most, silent samples included; silent: no output "
    "spiked; in % of the test samples."
)
SPIKES = "_spikes_per_neuron_step"


def _frame(groups: Groups, _pairs: Sequence[Pair]) -> pd.DataFrame:
    rows = []
    for network, runs in groups.items():
        if not runs[0].spiking:
            continue
        samples = np.array([run.test["samples"] for run in runs])
        row = start_row(network, runs) | {
            "engine": list_engines("test", runs),
            "steps": runs[0].train["spec"]["steps"],
            "parameters": runs[0].train["parameters"],
        }
        for name in ("tied", "silent"):
            shares = 100 * np.array([run.test[name] for run in runs]) / samples
            row |= make_mean_columns(f"{name}_pct", shares)
        layers = np.array([run.test["spikes_per_neuron_step"] for run in runs], float)
        for layer, spikes in enumerate(layers.T, start=1):
            row |= make_mean_columns(f"layer{layer}{SPIKES}", spikes)
        rows.append(row)
    return pd.DataFrame(rows)


def _text(row: pd.Series) -> dict[str, str]:
    layers = [row[c] for c in row.index if c.endswith(SPIKES)]
    return {
        **format_head(row),
        "steps": str(row["steps"]),
        "parameters": f"{row['parameters']:,}",
        "spikes per neuron and step, layer by layer": " / ".join(
            format_number(spikes, count_decimals(spikes, 3))
            for spikes in layers
            if pd.notna(spikes)
        ),
        "tied %": format_cell(row, "tied_pct", 2),
        "silent %": format_cell(row, "silent_pct", 2),
    }


ACTIVITY_TABLE = Table(
    "Activity of the spiking networks", _frame, _text, lambda _groups: [DECODING_NOTE]
)
