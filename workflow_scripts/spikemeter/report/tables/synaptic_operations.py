"""The synaptic operations of one inference, per network (Table III) and per layer."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from spikemeter.networks.notation import Stage, parse_layers
from spikemeter.report.conditions import group_notes
from spikemeter.report.marks import MISSING
from spikemeter.report.runs import Run, find_plain_twin
from spikemeter.report.statistics import Values
from spikemeter.report.tables.cells import (
    PrintedRow,
)
from spikemeter.report.tables.table import Groups, Ratio, Row, Table, start_row

COUNTS = ("dense_macs", "macs", "acs", "neuron_updates", "spikes", "synapses")
SPIKES_PER_SYNAPSE = "spikes per synapse (break-even 1.72; 0.15 to 1.38)"
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
        counts, unknown = _add_layers(runs), np.full(len(runs), np.nan)
        effective = _effective(counts)
        twin_dense = twin_effective = unknown
        if twin := find_plain_twin(runs, groups):
            theirs = _add_layers(twin)
            if effective.all() and _effective(theirs).all():
                twin_dense, twin_effective = theirs["dense_macs"], _effective(theirs)
        per_synapse = effective / counts["synapses"] if runs[0].spiking else unknown
        yield {
            **start_row(runs, "test"),
            **_list_columns(counts),
            "spikes_per_synapse": per_synapse,
            "by_twin_dense": Ratio(effective, twin_dense),
            "by_twin_effective": Ratio(effective, twin_effective),
        }


def _layer_rows(groups: Groups) -> Iterator[Row]:
    for runs in groups.values():
        spec = runs[0].train["spec"]
        shape = tuple(spec["input_shape"])
        stages = parse_layers(spec["layers"], shape, spec["padding"])
        layers = zip(stages, _count(runs), strict=True)
        for number, (stage, counts) in enumerate(layers, start=1):
            yield {
                **start_row(runs, "test"),
                "layer": number,
                "shape": _shape(stage),
                "neurons": stage.neurons,
                "synapses": stage.connections,
                **_list_columns(counts),
                "operations_per_synapse": _effective(counts) / stage.connections,
            }


def _count(runs: Sequence[Run]) -> list[dict[str, Values]]:
    """Return what each layer takes, seed by seed; NaN if a seed has no such count."""
    return [
        {name: np.array([stage[name] for stage in seeds], float) for name in COUNTS}
        for seeds in zip(*(run.test["operations"] for run in runs), strict=True)
    ]


def _add_layers(runs: Sequence[Run]) -> dict[str, Values]:
    layers = _count(runs)
    nothing = np.zeros(len(runs))
    return {name: sum((each[name] for each in layers), nothing) for name in COUNTS}


def _effective(counts: Mapping[str, Values]) -> Values:
    return counts["macs"] + counts["acs"]


def _list_columns(counts: Mapping[str, Values]) -> Row:
    """Return the columns of what a layer, or all, take."""
    updates = counts["neuron_updates"]
    return {
        "dense_macs": int(counts["dense_macs"][0]),
        "macs": counts["macs"],
        "acs": counts["acs"],
        "neuron_updates": int(updates[0]),
        "spikes_per_neuron_step": counts["spikes"] / updates,
    }


def _shape(stage: Stage) -> str:
    """Return the layer as the configuration has it; FC is fully connected."""
    if stage.kind == "linear":
        return f"FC {stage.neurons}"  # a number alone would be one in a CSV file
    pool = f"-P{stage.pool}" if stage.pool > 1 else ""
    return f"{stage.out_shape[0]}C{stage.kernel}{pool}"


def _format_counts(row: PrintedRow) -> dict[str, str]:
    return {
        "dense MACs": row.amount("dense_macs"),
        "effective MACs": row.amount("macs"),
        "effective ACs": row.amount("acs"),
        "neuron updates": row.amount("neuron_updates"),
        "spikes per neuron and step": row.number("spikes_per_neuron_step", 3),
    }


def _text(row: PrintedRow) -> dict[str, str]:
    return {
        **row.head(),
        **_format_counts(row),
        SPIKES_PER_SYNAPSE: row.number("spikes_per_synapse", 2),
        "× twin's dense": row.number("by_twin_dense", 2, ends=True),
        "× twin's effective": row.number("by_twin_effective", 2, ends=True),
    }


def _layers_text(row: PrintedRow) -> dict[str, str]:
    return {
        **row.head(),
        "layer": f"{row['layer']}: {row['shape']}",
        "neurons": f"{row['neurons']:,}",
        "synapses": row.amount("synapses"),
        **_format_counts(row),
        "operations per synapse": row.number("operations_per_synapse", 2),
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
