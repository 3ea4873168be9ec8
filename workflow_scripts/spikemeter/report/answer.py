"""What the study shows, in sentences that claim no more than its numbers."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

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
    explain_missing,
    list_per_seed,
)
from spikemeter.report.runs import Run, are_twins
from spikemeter.report.statistics import LEVEL
from spikemeter.report.tables.cells import (
    count_decimals,
    format_ends,
    format_number,
    format_span,
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
BRACKETS = f"In brackets: {100 * LEVEL:g} % intervals over the seeds."
OTHER_ENGINE = (
    "None of these spiking networks was computed by the engine {engine}, as {study} "
    "did; `also_on: [{engine}]` of a network in the config does that."
)
ORDINARY = "cmos45"
CAVEATS = (
    "Estimated, not measured: operations counted here, times published energies of one "
    "operation. A range spans what these energies include; it is no confidence "
    "interval. The notes under the table of estimates say what it leaves out.",
)
NO_CHIP = "Neuromorphic chips have no estimate; the notes under that table say why"
STAND_IN_SPIKES = "Its spikes were counted on a stand-in for the data set."


class Answer(NamedTuple):
    """What is found, a text for each pair of networks, and what to bear in mind."""

    title: str
    findings: tuple[str, ...]
    caveats: tuple[str, ...] = ()


class Twins(NamedTuple):
    """The runs of a spiking network and of its twin, and their row of the ratios."""

    spiking: Sequence[Run]
    plain: Sequence[Run]
    row: pd.Series

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

    def times(self, quantity: str) -> str:
        """Return a ratio as ``2.81 times [2.70, 2.93]``; empty, if it is not known."""
        ends = ("", "_low", "_high")
        ratio, low, high = (self.row[f"{quantity}_ratio{end}"] for end in ends)
        if np.isnan(ratio):
            return ""
        places = count_decimals(ratio, 2)
        interval = "" if np.isnan(low) else f" {format_ends(low, high, places)}"
        return f"{format_number(ratio, places)} times{interval}"


def list_twins(ratios: pd.DataFrame, groups: Groups) -> list[Twins]:
    """Return the compared pairs of a spiking network and its ReLU twin.

    Parameters
    ----------
    ratios : DataFrame
        The numbers of the table of that name.
    groups : mapping
        The runs of each network.
    """
    pairs = [
        Twins(groups[row["network"]], groups[row["reference"]], row)
        for _, row in ratios.iterrows()
    ]
    return [pair for pair in pairs if are_twins(pair.spiking[0], pair.plain[0])]


def list_answers(frames: Mapping[str, pd.DataFrame], groups: Groups) -> list[Answer]:
    """Return what the study shows about accuracy, cost and other chips.

    Parameters
    ----------
    frames : mapping
        The numbers of the tables, by name.
    groups : mapping
        The runs of each network.
    """
    pairs = list_twins(frames["ratios"], groups)
    if not pairs:
        spiking = any(runs[0].spiking for runs in groups.values())
        why = NO_TWIN if spiking else NO_SPIKING
        return [Answer("What does it show?", (why,))]
    return [
        answer_accuracy(pairs),
        answer_cost(pairs),
        answer_chips(pairs, frames["estimates"]),
    ]


# --- Accuracy


def answer_accuracy(pairs: Sequence[Twins]) -> Answer:
    """Return what the test sets show, and what they do not."""
    findings = (f"{_compare_accuracies(p)} {_limit_by_data(p)}".rstrip() for p in pairs)
    return Answer("Is the spiking network as accurate?", tuple(findings))


def _compare_accuracies(pair: Twins) -> str:
    ours, twins = (
        format_number(list_per_seed(TEST_ACCURACY, runs).mean(), 2)
        for runs in (pair.spiking, pair.plain)
    )
    points = round(pair.row[DIFFERENCE], 2)
    than = f"{format_number(abs(points), 2)} points {'less' if points < 0 else 'more'}"
    return (
        f"{pair.head} classifies {ours} % of the test samples correctly, its twin "
        f"{pair.twin} {twins} %: {than if points else 'as many'}, {_judge(pair)}."
    )


def _judge(pair: Twins) -> str:
    low, high = pair.row[f"{DIFFERENCE}_low"], pair.row[f"{DIFFERENCE}_high"]
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


def _limit_by_data(pair: Twins) -> str:
    """Return what the data does not allow to conclude; empty, if nothing."""
    run = pair.spiking[0]  # twins see the same input
    data, mark, study = run.train["data"], choose_data_mark(run), name_studies([run])
    if data["stand_in"]:
        return (
            f"The data is {data['title']}, a stand-in: this says nothing about the "
            "data set that it stands in for."
        )
    if mark == STAND_IN:
        return f"The data is {data['title']}, not {study}'s: accuracies do not compare."
    if mark == PART_OF_DATA:
        return (
            f"The data is {data['title']} ({data['train_samples']:,} training and "
            f"validation and {data['test_samples']:,} test samples), only a part of "
            f"{study}'s data, or not verified: accuracies do not compare with those of "
            f"{study}."
        )
    return ""


# --- Costs


def answer_cost(pairs: Sequence[Twins]) -> Answer:
    """Return what was metered, and on which machine."""
    runs = [run for pair in pairs for run in (*pair.spiking, *pair.plain)]
    spiking = [run for pair in pairs for run in pair.spiking]
    caveats = [f"{note}." for note in describe_machines(runs)]
    metered = [run for pair in pairs if _joules(pair) for run in pair.spiking]
    devices = {run.conditions("train")["device"] for run in metered}
    caveats += [ENERGY_OF[device] for device in sorted(devices)]
    if len({run.seed for run in runs}) > 1:
        caveats.append(BRACKETS)
    engines = {run.engine("train") for run in spiking}
    caveats += [
        OTHER_ENGINE.format(engine=study.engine, study=study.name)
        for study in list_tied_studies(spiking)
        if study.engine not in engines
    ]
    title = "What did it cost on this hardware?"
    return Answer(title, tuple(map(_compare_costs, pairs)), tuple(caveats))


def _compare_costs(pair: Twins) -> str:
    ours, theirs = pair.row["engine"], pair.row["reference_engine"]
    text = f"{pair.head} (engine {ours}; {pair.twin}: {theirs})"
    seconds = pair.times(EPOCH_S.name)
    if not seconds:
        return (
            f"{text} cannot be compared: the two networks ran on different machines, "
            "or on different numbers of samples."
        )
    joules = _joules(pair)
    text += f" takes {seconds} as long per epoch as {pair.twin}"
    if joules:
        return f"{text}, and {' and '.join(joules)}, with {pair.seeds}."
    reasons = [
        explain_missing(EPOCH_ENERGY, runs) for runs in (pair.spiking, pair.plain)
    ]
    why = next(filter(None, reasons), "a reading was 0 J")
    return f"{text}, with {pair.seeds}. Energy could not be metered: {why}."


def _joules(pair: Twins) -> list[str]:
    """Return the ratios to the twin's energy that could be metered."""
    found = {
        "epoch": pair.times(EPOCH_ENERGY.name),
        "inference": pair.times(INFERENCE_ENERGY.name),
    }
    return [f"{times} the energy per {what}" for what, times in found.items() if times]


# --- Chips


def answer_chips(pairs: Sequence[Twins], estimates: pd.DataFrame) -> Answer:
    """Return the ranges that are estimated for an inference."""
    rows = estimates.set_index("network")
    findings = (_estimate_chips(pair, rows.loc[pair.row["network"]]) for pair in pairs)
    return Answer("What would other chips change?", tuple(findings), CAVEATS)


def _estimate_chips(pair: Twins, estimate: pd.Series) -> str:
    known = {
        chip.title: format_span(
            estimate[f"{name}_least_j"], estimate[f"{name}_most_j"], "J"
        )
        for name, chip in read_catalogue().chips.items()
        if name != ORDINARY and not np.isnan(estimate[f"{name}_least_j"])
    }
    on = " and ".join(f"{joules} on {title}" for title, joules in known.items())
    text = f"{_on_cmos(pair, estimate)}. {f'It would take {on}' if on else NO_CHIP}."
    stand_in = pair.spiking[0].train["data"]["stand_in"]
    return f"{text} {STAND_IN_SPIKES}" if stand_in else text


def _on_cmos(pair: Twins, estimate: pd.Series) -> str:
    best, worst = (estimate[f"{RATIO}_{end}"] for end in ("best", "worst"))
    if np.isnan(best):
        return f"{pair.head} has no estimate to compare with {pair.twin} on 45 nm CMOS"
    verdict = "the estimates do not show which of the two takes less"
    if worst < 1 or best > 1:
        verdict = f"{'less' if worst < 1 else 'more'} by every estimate"
    ends = " to ".join(
        format_number(end, count_decimals(end, 2)) for end in (best, worst)
    )
    return (
        f"{pair.head} takes, by estimate, {ends} times the energy of {pair.twin} for "
        f"an inference on 45 nm CMOS: {verdict}"
    )
