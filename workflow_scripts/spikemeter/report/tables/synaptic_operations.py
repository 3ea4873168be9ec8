"""The synaptic operations of one inference, per network (Table III) and per layer."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from spikemeter.networks.notation import Stage, parse_layers
from spikemeter.report.conditions import group_notes
from spikemeter.report.marks import MISSING
from spikemeter.report.runs import Run, find_plain_twin
from spikemeter.report.statistics import Values
from spikemeter.report.tables.cells import (
    format_amount,
    format_cell,
    format_ends,
    format_head,
    format_mean_amount,
)
from spikemeter.report.tables.table import Groups, Ratio, Row, Table, start_row

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


def _rows(groups: Groups) -> Iterator[Row]:
    for runs in groups.values():
        unknown, effective = np.full(len(runs), np.nan), _effective(runs)
        per_synapse = effective / _sum(runs, "synapses")
        twins = {"dense": unknown, "effective": unknown}
        twin = find_plain_twin(runs, groups)
        if twin and effective.all() and _effective(twin).all():
            twins = {"dense": _sum(twin, "dense_macs"), "effective": _effective(twin)}
        yield (
            start_row(runs, "test")
            | _count(runs)
            | {"spikes_per_synapse": per_synapse if runs[0].spiking else unknown}
            | {f"by_twin_{name}": Ratio(effective, n) for name, n in twins.items()}
        )


def _layer_rows(groups: Groups) -> Iterator[Row]:
    for runs in groups.values():
        spec = runs[0].train["spec"]
        shape = tuple(spec["input_shape"])
        stages = parse_layers(spec["layers"], shape, spec["padding"])
        for number, stage in enumerate(stages):
            here = slice(number, number + 1)
            yield (
                start_row(runs, "test")
                | {
                    "layer": number + 1,
                    "shape": _shape(stage),
                    "neurons": stage.neurons,
                    "synapses": stage.connections,
                }
                | _count(runs, here)
                | {"operations_per_synapse": _effective(runs, here) / stage.connections}
            )


def _count(runs: Sequence[Run], layers: slice = slice(None)) -> Row:
    """Return the columns of what all layers, or some, take."""
    updates = _sum(runs, "neuron_updates", layers)
    return {
        "dense_macs": int(_sum(runs, "dense_macs", layers)[0]),
        "macs": _sum(runs, "macs", layers),
        "acs": _sum(runs, "acs", layers),
        "neuron_updates": int(updates[0]),
        "spikes_per_neuron_step": _sum(runs, "spikes", layers) / updates,
    }


def _effective(runs: Sequence[Run], layers: slice = slice(None)) -> Values:
    return _sum(runs, "macs", layers) + _sum(runs, "acs", layers)


def _sum(runs: Sequence[Run], name: str, layers: slice = slice(None)) -> Values:
    """Return a count of layers for each seed, NaN if one has none."""
    every = [run.test["operations"][layers] for run in runs]
    counts = np.array([[layer[name] for layer in each] for each in every], float)
    total: Values = sum(counts.T)
    return total


def _shape(stage: Stage) -> str:
    """Return the layer as the configuration has it; FC is fully connected."""
    if stage.kind == "linear":
        return f"FC {stage.neurons}"  # a number alone would be one in a CSV file
    pool = f"-P{stage.pool}" if stage.pool > 1 else ""
    return f"{stage.out_shape[0]}C{stage.kernel}{pool}"


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


def _layers_text(row: pd.Series) -> dict[str, str]:
    return {
        **format_head(row),
        "layer": f"{row['layer']}: {row['shape']}",
        "neurons": f"{row['neurons']:,}",
        "synapses": format_amount(row["synapses"]),
        **_format_counts(row),
        "operations per synapse": format_cell(row, "operations_per_synapse", 2),
    }


def _notes(groups: Groups) -> list[str]:
    plain = [runs[0] for runs in groups.values() if not runs[0].spiking]
    if len(plain) == len(groups):
        return list(COUNTED)
    why = f"{MISSING} spikes"
    reasons = group_notes(why, plain, lambda run: run.reason("spikes", "test"))
    return [*COUNTED, *SPIKING, *(f"{reason}." for reason in reasons)]


OPERATIONS_TABLE = Table("Synaptic operations per inference", _rows, _text, _notes)
LAYERS_TABLE = Table(
    "Synaptic operations per inference, layer by layer",
    _layer_rows,
    _layers_text,
    lambda _groups: [LAYERS_NOTE],
)
