"""How much the spiking networks spike, and how often they cannot decide."""

from collections.abc import Iterator

import numpy as np

from spikemeter.report.tables.cells import (
    PrintedRow,
    count_decimals,
    format_number,
)
from spikemeter.report.tables.table import (
    Groups,
    Row,
    Table,
    list_spiking,
    start_row,
)

DECODING_NOTE = (
    "Tied: two or more classes spiked most, silent samples included; silent: no output "
    "spiked; in % of the test samples."
)
SPIKES = "_spikes_per_neuron_step"


def _rows(groups: Groups) -> Iterator[Row]:
    for runs in list_spiking(groups):
        row = start_row(runs, "test") | {
            "steps": runs[0].train["spec"]["steps"],
            "parameters": runs[0].train["parameters"],
        }
        samples = np.array([run.test["samples"] for run in runs])
        for name in ("tied", "silent"):
            row[f"{name}_pct"] = 100 * np.array([r.test[name] for r in runs]) / samples
        layers = np.array([run.test["spikes_per_neuron_step"] for run in runs], float)
        for layer, spikes in enumerate(layers.T, start=1):
            row[f"layer{layer}{SPIKES}"] = spikes
        yield row


def _text(row: PrintedRow) -> dict[str, str]:
    layers = [value for name, value in row.items() if name.endswith(SPIKES)]
    return {
        **row.head(),
        "steps": str(row["steps"]),
        "parameters": f"{row['parameters']:,}",
        "spikes per neuron and step, layer by layer": " / ".join(
            format_number(spikes, count_decimals(spikes, 3))
            for spikes in layers
            if not np.isnan(spikes)
        ),
        "tied %": row.number("tied_pct", 2),
        "silent %": row.number("silent_pct", 2),
    }


ACTIVITY_TABLE = Table(
    "Activity of the spiking networks", _rows, _text, lambda _groups: [DECODING_NOTE]
)
