"""The synaptic operations of one inference, per network (Table III) and per layer."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from spikemeter.networks.notation import Stage, parse_layers
from spikemeter.report.conditions import group_notes
from spikemeter.report.inference_counts import count_per_inference
from spikemeter.report.marks import MISSING
from spikemeter.report.runs import Run, find_plain_twin
from spikemeter.report.statistics import Values
from spikemeter.report.tables.cells import (
    format_amount,
    format_cell,
    format_ends,
    format_head,
    format_mean_amount,
    list_engines,
    make_mean_columns,
    make_ratio_columns,
    start_row,
)
from spikemeter.report.tables.table import Groups, Pair, Table

BREAK_EVEN = "1.72; 0.15 to 1.38"
COUNTED = (
    "Synaptic operations of one inference, all layers and time steps, mean over the "
    "test samples. Dense: every synapse in every step. Effective: only where neither "
    "the input nor the weight is 0; accumulates (AC) if all inputs of a layer in a "
    "step are −1, 0 or 1, else multiply-accumulates (MAC), decided sample by sample "
    "(the rule of NeuroBench 2.3 with a batch of one, doi 10.1038/s41467-025-56739-4).",
    "Not among the operations: biases, the comparisons of max pooling, and neuron "
    "updates (leak, threshold and reset of every neuron in every step), which have "
    "their own column. Counts are not measured costs.",
)
SPIKING = (
    "Spikes per synapse: effective operations of one inference by synapses, a shared "
    "weight counted at every place it is used. Published break-even points against a "
    "conventional network, above which a spiking one is said to cost more: 1.72 "
    "(Davidson and Furber 2021, doi 10.3389/fnins.2021.651141, by arithmetic; not read "
    "in the source) and 0.15 to 1.38 (Dampfhoffer et al. 2023, doi "
    "10.1109/TETCI.2022.3214509, memory counted, for neurons without leak).",
    "× twin's: MACs and ACs together, divided by those of the ReLU network with the "
    f"same input and layers, geometric mean over the seeds; {MISSING} without such a "
    "twin, or without any operation.",
)
LAYERS_NOTE = (
    "The table of synaptic operations, layer by layer: a layer is one set of synapses "
    "and the neurons that they drive. Its operations are those of its inputs; its "
    "spikes are those of its own neurons, after the pooling."
)


def _frame(groups: Groups, _pairs: Sequence[Pair]) -> pd.DataFrame:
    rows = []
    for network, runs in groups.items():
        twin = find_plain_twin(runs, groups)
        whole, rates = count_per_inference(runs[0]), _rates(runs)
        rows.append(
            start_row(network, runs)
            | {"engine": list_engines("test", runs), "dense_macs": whole.dense_macs}
            | make_mean_columns("macs", _seeds(runs, "macs"))
            | make_mean_columns("acs", _seeds(runs, "acs"))
            | {"neuron_updates": whole.neuron_updates}
            | make_mean_columns("spikes_per_neuron_step", rates[0])
            | make_mean_columns("spikes_per_synapse", rates[1])
            | _shares(runs, twin)
        )
    return pd.DataFrame(rows)


def _seeds(runs: Sequence[Run], name: str) -> Values:
    return np.array([getattr(count_per_inference(run), name) for run in runs], float)


def _rates(runs: Sequence[Run]) -> tuple[Values, Values]:
    """Return the spikes per neuron and step, and those per synapse.

    NaN for a ReLU network.
    """
    if not runs[0].spiking:
        unknown = np.full(len(runs), np.nan)
        return unknown, unknown
    spikes = [sum(stage["spikes"] for stage in run.test["operations"]) for run in runs]
    synapses = sum(stage["synapses"] for stage in runs[0].test["operations"])
    per_step = np.array(spikes) / _seeds(runs, "neuron_updates")
    return per_step, _effective(runs) / synapses


def _effective(runs: Sequence[Run]) -> Values:
    return _seeds(runs, "macs") + _seeds(runs, "acs")


def _shares(runs: Sequence[Run], twin: Sequence[Run]) -> dict[str, float]:
    """Return the columns of the ratios to the operations of a ReLU twin."""
    columns: dict[str, float] = {}
    for name in ("dense", "effective"):
        ours = theirs = np.full(len(runs), np.nan)
        if twin and _effective(runs).all() and _effective(twin).all():
            ours = _effective(runs)
            theirs = _seeds(twin, "dense_macs") if name == "dense" else _effective(twin)
        columns |= make_ratio_columns(f"by_twin_{name}", ours, theirs)
    return columns


def _format_counts(row: pd.Series) -> dict[str, str]:
    return {
        "dense MACs": format_amount(row["dense_macs"]),
        "effective MACs": format_mean_amount(row, "macs"),
        "effective ACs": format_mean_amount(row, "acs"),
        "neuron updates": format_amount(row["neuron_updates"]),
        "spikes per neuron and step": format_cell(row, "spikes_per_neuron_step", 3),
    }


def _text(row: pd.Series) -> dict[str, str]:
    return {
        **format_head(row),
        **_format_counts(row),
        f"spikes per synapse (break-even {BREAK_EVEN})": format_cell(
            row, "spikes_per_synapse", 2
        ),
        "× twin's dense": format_cell(row, "by_twin_dense", 2, format_ends),
        "× twin's effective": format_cell(row, "by_twin_effective", 2, format_ends),
    }


def _notes(groups: Groups) -> list[str]:
    plain = [runs[0] for runs in groups.values() if not runs[0].spiking]
    if len(plain) == len(groups):
        return list(COUNTED)
    why = f"{MISSING} spikes"
    reasons = group_notes(why, plain, lambda run: run.reason("spikes", "test"))
    return [*COUNTED, *SPIKING, *(f"{reason}." for reason in reasons)]


OPERATIONS_TABLE = Table("Synaptic operations per inference", _frame, _text, _notes)


# --- Layer by layer ------------------------------------------------------------------


def _layers_frame(groups: Groups, _pairs: Sequence[Pair]) -> pd.DataFrame:
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


def _layers_text(row: pd.Series) -> dict[str, str]:
    return {
        **format_head(row),
        "layer": f"{row['layer']}: {row['shape']}",
        "neurons": f"{row['neurons']:,}",
        "synapses": format_amount(row["synapses"]),
        **_format_counts(row),
        "operations per synapse": format_cell(row, "operations_per_synapse", 2),
    }


LAYERS_TABLE = Table(
    "Synaptic operations per inference, layer by layer",
    _layers_frame,
    _layers_text,
    lambda _groups: [LAYERS_NOTE],
)
