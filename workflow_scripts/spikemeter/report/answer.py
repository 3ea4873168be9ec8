"""What the study shows, in sentences that claim no more than its numbers."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from spikemeter.report.conditions import describe_machines
from spikemeter.report.energy.chips import read_catalogue
from spikemeter.report.marks import PART_OF_DATA, STAND_IN, choose_data_mark
from spikemeter.report.quantities import (
    EPOCH_ENERGY,
    EPOCH_S,
    INFERENCE_ENERGY,
    TEST_ACCURACY,
    Quantity,
    explain_missing,
    list_per_seed,
)
from spikemeter.report.runs import Run, are_twins
from spikemeter.report.statistics import LEVEL
from spikemeter.report.tables.cells import (
    PrintedRow,
    count_decimals,
    format_ends,
    format_number,
)
from spikemeter.report.tables.estimates import RATIO
from spikemeter.report.tables.ratios import DIFFERENCE
from spikemeter.report.tables.table import Groups
from spikemeter.report.ties import list_tied_studies, name_studies

NO_SPIKING = "No spiking network ran, so there is nothing to compare."
NO_TWIN = (
    "No spiking network is compared with a conventional twin here; compare_to of a "
    "network in the config does that."
)
ENERGY_OF = {
    "cuda": "Energy is that of the whole GPU, idle power included.",
    "cpu": "Energy is that of the CPU package, not of a GPU.",
}
ORDINARY = "cmos45"
CAVEATS = (
    "Estimated, not measured: operations counted here, times published energies of one "
    "operation. A range spans what these energies include; it is no confidence "
    "interval. The notes under the table of estimates say what it leaves out.",
)
NO_CHIP = "Neuromorphic chips have no estimate; the notes under that table say why"
STAND_IN_SPIKES = " Its spikes were counted on a stand-in for the data set."


class Answer(NamedTuple):
    """What is found, a text for each pair of networks, and what to bear in mind."""

    title: str
    findings: Sequence[str]
    caveats: Sequence[str] = ()


class Twins(NamedTuple):
    """The runs of a spiking network and of its twin, and their rows of two tables."""

    spiking: Sequence[Run]
    plain: Sequence[Run]
    ratios: Mapping[Any, Any]
    estimates: Mapping[Any, Any]

    @property
    def head(self) -> str:
        """How a sentence about them begins."""
        return f"Experiment {self.spiking[0].experiment}: {self.spiking[0].label}"

    @property
    def twin(self) -> str:
        """The twin's label."""
        return self.plain[0].label

    @property
    def seeds(self) -> str:
        """How many seeds there are, in words."""
        return "one seed" if len(self.spiking) == 1 else f"{len(self.spiking)} seeds"

    @property
    def joules(self) -> str:
        """The ratios to the twin's energy that could be metered, in words."""
        energies = {"epoch": EPOCH_ENERGY, "inference": INFERENCE_ENERGY}
        found = {of: self.times(quantity) for of, quantity in energies.items()}
        known = [f"{times} the energy per {of}" for of, times in found.items() if times]
        return " and ".join(known)

    def times(self, quantity: Quantity) -> str:
        """Return a ratio as ``2.81 times [2.70, 2.93]``; empty, if it is not known."""
        ends = ("", "_low", "_high")
        ratio, low, high = (self.ratios[f"{quantity.name}_ratio{end}"] for end in ends)
        if np.isnan(ratio):
            return ""
        places = count_decimals(ratio, 2)
        interval = "" if np.isnan(low) else f" {format_ends(low, high, places)}"
        return f"{format_number(ratio, places)} times{interval}"


def list_answers(frames: Mapping[str, pd.DataFrame], groups: Groups) -> list[Answer]:
    """Return what the study shows of the spiking networks that have a ReLU twin.

    From the numbers of the tables by name, and the runs of each network.
    """
    estimates = {row["network"]: row for row in frames["estimates"].to_dict("records")}
    pairs = [
        Twins(ours, theirs, row, estimates[row["network"]])
        for row in frames["ratios"].to_dict("records")
        for ours, theirs in [(groups[row["network"]], groups[row["reference"]])]
        if are_twins(ours[0], theirs[0])
    ]
    if not pairs:
        spiking = any(runs[0].spiking for runs in groups.values())
        return [Answer("What does it show?", [NO_TWIN if spiking else NO_SPIKING])]
    accuracies, costs, chips = (
        [tell(pair) for pair in pairs]
        for tell in (_compare_accuracies, _compare_costs, _estimate_chips)
    )
    return [
        Answer("Is the spiking network as accurate?", accuracies),
        Answer("What did it cost on this hardware?", costs, _bound_costs(pairs)),
        Answer("What would other chips change?", chips, CAVEATS),
    ]


def _compare_accuracies(pair: Twins) -> str:
    """Return what the test set shows, and what it does not."""
    ours, twins = (
        format_number(list_per_seed(TEST_ACCURACY, runs).mean(), 2)
        for runs in (pair.spiking, pair.plain)
    )
    points = round(pair.ratios[DIFFERENCE], 2)
    than = f"{format_number(abs(points), 2)} points {'less' if points < 0 else 'more'}"
    return (
        f"{pair.head} classifies {ours} % of the test samples correctly, its twin "
        f"{pair.twin} {twins} %: {than if points else 'as many'}, {_judge(pair)}."
        f"{_limit_by_data(pair.spiking[0])}"
    )


def _judge(pair: Twins) -> str:
    low, high = pair.ratios[f"{DIFFERENCE}_low"], pair.ratios[f"{DIFFERENCE}_high"]
    if len(pair.spiking) == 1:
        return "with one seed; a different seed could reverse this"
    if np.isnan(low):
        return f"the same for {pair.seeds}, so there is no interval"
    verdict = "the seeds do not show which of the two is more accurate"
    if low > 0 or high < 0:
        verdict = f"the spiking network is {'more' if low > 0 else 'less'} accurate"
    return (
        f"{100 * LEVEL:g} % interval of the difference over {pair.seeds} "
        f"{format_number(low, 2)} to {format_number(high, 2)}: {verdict}"
    )


def _limit_by_data(run: Run) -> str:
    """Return what the data does not allow to conclude; empty, if nothing."""
    data, mark, study = run.train["data"], choose_data_mark(run), name_studies([run])
    text = f" The data is {data['title']}"
    if data["stand_in"]:
        return (
            f"{text}, a stand-in: this says nothing about the data set that it stands "
            "in for."
        )
    if mark == STAND_IN:
        return f"{text}, not {study}'s: accuracies do not compare."
    if mark == PART_OF_DATA:
        return (
            f"{text} ({data['train_samples']:,} training and validation and "
            f"{data['test_samples']:,} test samples), only a part of {study}'s data, "
            f"or not verified: accuracies do not compare with those of {study}."
        )
    return ""


def _compare_costs(pair: Twins) -> str:
    ours, theirs = pair.ratios["engine"], pair.ratios["reference_engine"]
    text = f"{pair.head} (engine {ours}; {pair.twin}: {theirs})"
    seconds = pair.times(EPOCH_S)
    if not seconds:
        return (
            f"{text} cannot be compared: the two networks ran on different machines, "
            "or on different numbers of samples."
        )
    text += f" takes {seconds} as long per epoch as {pair.twin}"
    if pair.joules:
        return f"{text}, and {pair.joules}, with {pair.seeds}."
    reasons = (explain_missing(EPOCH_ENERGY, r) for r in (pair.spiking, pair.plain))
    why = next(filter(None, reasons), "a reading was 0 J")
    return f"{text}, with {pair.seeds}. Energy could not be metered: {why}."


def _bound_costs(pairs: Sequence[Twins]) -> list[str]:
    """Return on which machine and by which engines the costs were metered."""
    spiking = [run for pair in pairs for run in pair.spiking]
    runs = [run for pair in pairs for run in (*pair.spiking, *pair.plain)]
    metered = [run for pair in pairs if pair.joules for run in pair.spiking]
    devices = sorted({run.conditions("train")["device"] for run in metered})
    notes = [f"{note}." for note in describe_machines(runs)]
    notes += [ENERGY_OF[device] for device in devices]
    if len({run.seed for run in runs}) > 1:
        notes.append(f"In brackets: {100 * LEVEL:g} % intervals over the seeds.")
    if metered:
        notes.append("The interval of an energy includes the meter's error.")
    engines = {run.engine("train") for run in spiking}
    return notes + [
        f"None of these spiking networks was computed by the engine {study.engine}, as "
        f"{study.name} did; `also_on: [{study.engine}]` of a network in the config "
        "does that."
        for study in list_tied_studies(spiking)
        if study.engine not in engines
    ]


def _estimate_chips(pair: Twins) -> str:
    """Return the ranges that are estimated for an inference."""
    best, worst = (pair.estimates[f"{RATIO}_{end}"] for end in ("best", "worst"))
    if np.isnan(best):
        text = f"has no estimate to compare with {pair.twin} on 45 nm CMOS"
    else:
        verdict = "the estimates do not show which of the two takes less"
        if worst < 1 or best > 1:
            verdict = f"{'less' if worst < 1 else 'more'} by every estimate"
        ends = " to ".join(
            format_number(end, count_decimals(end, 2)) for end in (best, worst)
        )
        text = (
            f"takes, by estimate, {ends} times the energy of {pair.twin} for an "
            f"inference on 45 nm CMOS: {verdict}"
        )
    known = []
    for name, chip in read_catalogue().chips.items():
        if name != ORDINARY and not np.isnan(pair.estimates[f"{name}_least_j"]):
            known.append(f"{PrintedRow(pair.estimates).span(name)} on {chip.title}")
    would = f"It would take {' and '.join(known)}" if known else NO_CHIP
    stand_in = STAND_IN_SPIKES if pair.spiking[0].train["data"]["stand_in"] else ""
    return f"{pair.head} {text}. {would}.{stand_in}"
