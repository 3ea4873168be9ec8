"""Table IV: what an inference would cost on other hardware, estimated."""

from collections.abc import Iterator, Sequence

import numpy as np

from spikemeter.report.conditions import (
    group_networks,
    group_notes,
    name_energy_machine,
)
from spikemeter.report.energy.chips import Catalogue, Chip, read_catalogue
from spikemeter.report.energy.estimates import TARGETS, Range
from spikemeter.report.inference_counts import count_per_inference
from spikemeter.report.marks import MISSING
from spikemeter.report.quantities import (
    INFERENCE_ENERGY,
    NET_INFERENCE_ENERGY,
    explain_missing,
)
from spikemeter.report.runs import Run, find_plain_twin
from spikemeter.report.statistics import Values, ratio_interval
from spikemeter.report.tables.cells import (
    PrintedRow,
    count_decimals,
    format_number,
)
from spikemeter.report.tables.table import Groups, Row, Table, meter_seeds, start_row

RATIO = "cmos45_by_twin"
MEASURED = {
    "measured here": INFERENCE_ENERGY,
    "measured here, net of idle": NET_INFERENCE_ENERGY,
}
METHOD = (
    "Estimated, not measured: the synaptic operations counted in the test times "
    "published energies of one operation. A range goes from the least to the most by "
    "these energies, mean of the seeds; it is not a confidence interval, and the "
    "ranking of the networks follows the constants.",
    "45 nm: at least the arithmetic of the effective operations alone; at most one "
    "access to an 8 kB cache more for each, and of a ReLU network every dense MAC, "
    "because ordinary hardware multiplies zeros too. × twin: best case (our least by "
    "its most) to worst case (our most by its least), of the ReLU network with the "
    "same input and layers; none without one, or without any operation.",
    "TrueNorth: synaptic events at the energy of one more event, to their share of the "
    "whole chip's. Loihi: synaptic events and neuron updates, all neurons inactive, to "
    "all active with one hop an event. An event is one spike at one synapse; a frame's "
    "count of n is n events.",
    "Left out, or only bounded: fetches of weights and states, routing, static power, "
    "input and output, and the neuron updates that come back in every time step. An "
    "FP32 MAC is a straw man where INT8 networks do the same (Yan et al., arXiv "
    "2409.08290; Bhattacharjee et al., arXiv 2309.03388; Dampfhoffer et al. 2023, doi "
    "10.1109/TETCI.2022.3214509; Davidson and Furber 2021, doi "
    "10.3389/fnins.2021.651141).",
    "Whether a network fits a chip (fan-in, cores, bits of a weight) was not checked, "
    "nor what rounding its weights would do to its accuracy.",
    "Measured here: the energy of the test by its inferences, many samples at once; "
    "idle power is included, except in the column net of idle.",
)


def _rows(groups: Groups) -> Iterator[Row]:
    for runs in groups.values():
        row = start_row(runs, "test")
        for target in TARGETS:
            row[f"{target}_least_j"], row[f"{target}_most_j"] = _seeds(target, runs)
        ends = [np.nan, np.nan]
        if twin := find_plain_twin(runs, groups):
            ours, twins = _seeds("cmos45", runs), _seeds("cmos45", twin)
            if ours.all() and twins.all():
                ends = [
                    ratio_interval(*pair).mean
                    for pair in zip(ours, twins[::-1], strict=True)
                ]
        row[f"{RATIO}_best"], row[f"{RATIO}_worst"] = ends
        for quantity in MEASURED.values():
            row[f"measured_{quantity.name}"] = meter_seeds(quantity, runs)
        yield row | {"machine": name_energy_machine(runs)}


def _seeds(target: str, runs: Sequence[Run]) -> Values:
    """Return the least and the most for each seed, NaN if there is no estimate."""
    chip = read_catalogue().chips[target]
    found = [TARGETS[target](count_per_inference(run), chip) for run in runs]
    return np.array([each or Range(np.nan, np.nan) for each in found], float).T


def _text(row: PrintedRow) -> dict[str, str]:
    ends = row[f"{RATIO}_best"], row[f"{RATIO}_worst"]
    estimated = {
        f"estimated: {chip.title}": row.span(target)
        for target, chip in read_catalogue().chips.items()
    }
    head = row.head()
    del head["engine"]
    return {
        **head,
        **estimated,
        "estimated: × twin (45 nm)": MISSING
        if np.isnan(ends[0])
        else "–".join(format_number(end, count_decimals(end, 2)) for end in ends),
        **{
            heading: row.amount(f"measured_{quantity.name}", "J")
            for heading, quantity in MEASURED.items()
        },
        "on": row["machine"],
    }


def _notes(groups: Groups) -> list[str]:
    firsts = [runs[0] for runs in groups.values()]
    lines = [
        *group_notes(f"{MISSING} on chips", filter(_off_chip, firsts), _off_chip),
        *_unmeasured(groups),
        *_constants(read_catalogue()),
    ]
    return [*METHOD, *(f"{line}." for line in lines)]


def _off_chip(run: Run) -> str:
    """Return why the chips have no estimate of a run; empty, if they have one."""
    if not run.spiking:
        return "ReLU networks do not run on them"
    known = count_per_inference(run).synaptic_events is not None
    return "" if known else run.reason("synaptic_events", "test")


def _unmeasured(groups: Groups) -> Iterator[str]:
    whys = group_networks(
        (f"{heading}: {why}", network)
        for network, runs in groups.items()
        for heading, quantity in MEASURED.items()
        if (why := explain_missing(quantity, runs))
    )
    for why, networks in whys.items():
        yield f"{MISSING} {why} ({', '.join(networks)})"


def _constants(catalogue: Catalogue) -> Iterator[str]:
    for chip in catalogue.chips.values():
        voltage = "" if chip.voltage_v is None else f", {chip.voltage_v:g} V"
        yield f"{chip.title} ({chip.node_nm:g} nm{voltage}): {_energies(chip)}"
    for chip_name, why in catalogue.unknown.items():
        yield f"No estimate for {chip_name}: {why}"


def _energies(chip: Chip) -> str:
    by_source: dict[str, list[str]] = {}
    for constant in chip.constants.values():
        text = f"{constant.energy_pj:g} pJ: {constant.includes} ({constant.kind})"
        source = read_catalogue().sources[constant.source].text
        by_source.setdefault(source, []).append(text)
    listed = [f"{'; '.join(v)} [{source}]" for source, v in by_source.items()]
    vias = dict.fromkeys(c.via for c in chip.constants.values() if c.via)
    second_hand = f". Not read in the source but in {'; '.join(vias)}" if vias else ""
    return "; ".join(listed) + second_hand


ESTIMATES_TABLE = Table("Estimated energy per inference", _rows, _text, _notes)
