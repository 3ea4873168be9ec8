"""The synaptic operations of one inference, one row per network and layer."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from spikemeter.networks.notation import Stage, parse_layers
from spikemeter.report.runs import Run
from spikemeter.report.statistics import Values
from spikemeter.report.tables.amounts import format_amount, format_mean_amount
from spikemeter.report.tables.cells import (
    format_cell,
    format_head,
    list_engines,
    make_mean_columns,
    start_row,
)
from spikemeter.report.tables.table import Groups, Pair, Table

NOTES = [
    "The table of synaptic operations, layer by layer: a layer is one set of synapses "
    "and the neurons that they drive. Its operations are those of its inputs; its "
    "spikes are those of its own neurons, after the pooling."
]


def _frame(groups: Groups, _pairs: Sequence[Pair]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            start_row(network, runs) | {"engine": list_engines("test", runs)} | layer
            for network, runs in groups.items()
            for layer in _layers(runs)
        ]
    )


def _layers(runs: Sequence[Run]) -> list[dict[str, object]]:
    spec = runs[0].train["spec"]
    stages = parse_layers(spec["layers"], tuple(spec["input_shape"]), spec["padding"])
    return [_layer(runs, number, stage) for number, stage in enumerate(stages)]


def _layer(runs: Sequence[Run], number: int, stage: Stage) -> dict[str, object]:
    operations = [run.test["operations"][number] for run in runs]

    def seeds(name: str) -> Values:
        return np.array([found[name] for found in operations], float)

    first = operations[0]
    effective, updates = seeds("macs") + seeds("acs"), seeds("neuron_updates")
    rates = np.full(len(runs), np.nan)
    if first["spikes"] is not None:
        rates = seeds("spikes") / updates
    return {
        "layer": number + 1,
        "shape": _shape(stage),
        **{name: first[name] for name in ("neurons", "synapses", "dense_macs")},
        **make_mean_columns("macs", seeds("macs")),
        **make_mean_columns("acs", seeds("acs")),
        "neuron_updates": first["neuron_updates"],
        **make_mean_columns("spikes_per_neuron_step", rates),
        **make_mean_columns("operations_per_synapse", effective / first["synapses"]),
    }


def _shape(stage: Stage) -> str:
    """Return the layer as the configuration has it; FC is fully connected."""
    if stage.kind == "linear":
        return f"FC {stage.neurons}"  # a number alone would be one in a CSV file
    pool = f"-P{stage.pool}" if stage.pool > 1 else ""
    return f"{stage.out_shape[0]}C{stage.kernel}{pool}"


def _text(row: pd.Series) -> dict[str, str]:
    return {
        **format_head(row),
        "layer": f"{row['layer']}: {row['shape']}",
        "neurons": f"{row['neurons']:,}",
        "synapses": format_amount(row["synapses"]),
        "dense MACs": format_amount(row["dense_macs"]),
        "effective MACs": format_mean_amount(row, "macs"),
        "effective ACs": format_mean_amount(row, "acs"),
        "neuron updates": format_amount(row["neuron_updates"]),
        "spikes per neuron and step": format_cell(row, "spikes_per_neuron_step", 3),
        "operations per synapse": format_cell(row, "operations_per_synapse", 2),
    }


LAYERS_TABLE = Table(
    "Synaptic operations per inference, layer by layer",
    _frame,
    _text,
    lambda _groups: NOTES,
)
