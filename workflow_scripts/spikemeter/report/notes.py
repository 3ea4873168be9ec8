"""The notes under the tables: what was measured, on what, and what was not."""

from collections.abc import Sequence

import pandas as pd

from spikemeter.metering.summary import DISAGREEMENT_PCT
from spikemeter.report.conditions import (
    PHASES,
    data_text,
    engine_notes,
    grouped,
    machine_notes,
    settings_text,
    versions_text,
)
from spikemeter.report.interruptions import describe_interruptions
from spikemeter.report.marks import (
    DATA_MARKS,
    MISSING,
    OTHER_QUANTITY,
    data_mark,
)
from spikemeter.report.paper import SOURCE
from spikemeter.report.quantities import (
    EPOCH_ENERGY,
    INFERENCE_ENERGY,
    TEST,
    TRAIN_POWER,
    TRAINING,
    why_missing,
)
from spikemeter.report.runs import Run, group_by_network

BOARD_MEMORY = (
    "Memory % on a GPU is the memory in use on the whole board, other programs "
    "included, in % of the board, as in the paper"
)
CPU_READINGS = (
    f"{OTHER_QUANTITY} on a CPU, memory % is this process's resident memory in % of "
    "the machine's, and power and energy are the CPU package's: not the paper's "
    "quantities, which are the graphics board's"
)
BOARD_GAIN = (
    "Power and energy: the sensor of a board may read up to 5 % high or low "
    "throughout (Yang et al., SC24, doi 10.1109/SC41406.2024.00028); compare networks "
    "on the same board only"
)
SCORES = (
    "F1 (macro) is the mean over the classes of the harmonic mean of precision and "
    "recall. The paper's formula, 2·acc·recall/(acc+recall), is not F1: it has no "
    "precision in it. Recall is the mean over the classes",
    "Training accuracy is the running accuracy of the epoch, taken while the weights "
    "change; validation accuracy follows the epoch",
    "The epoch with the best validation accuracy gives the parameters that are tested",
)
SEEDS_COVER = (
    "it covers what a seed decides (which samples validate, initial weights, order of "
    "the batches, rate coding) and how readings vary from run to run, but no other "
    "machine and no other test samples"
)
MEANS = (
    "s/epoch covers training and validation, the mean of all epochs, the first one "
    "included; memory % is their mean weighted by time; power is energy by time; "
    "where an epoch is too short to be metered, both are of all epochs together",
)


def footnotes(runs: Sequence[Run]) -> list[str]:
    """Return the notes that the tables of these runs need, one a line."""
    notes = [f"The paper: {SOURCE}", *_marks(runs), *_seeds(runs)]
    notes += grouped("Data", runs, data_text)
    notes += grouped("Settings", runs, settings_text)
    notes += engine_notes(runs)
    notes += machine_notes(runs) + _idle(runs)
    notes += grouped("Versions", runs, versions_text)
    notes += _not_metered(runs)
    notes += _readings(runs) + describe_interruptions(runs)
    return [f"{note}." for note in (*notes, *SCORES, *MEANS)]


def _marks(runs: Sequence[Run]) -> list[str]:
    used = {data_mark(run) for run in runs}
    return [f"{mark} {text}" for mark, text in DATA_MARKS.items() if mark in used]


def _seeds(runs: Sequence[Run]) -> list[str]:
    def text(run: Run) -> str:
        seeds = [other.seed for other in runs if other.network == run.network]
        if len(seeds) == 1:
            return (
                f"one seed ({seeds[0]}): how far seeds differ is not known; no interval"
                " over seeds and no test of a difference can be given"
            )
        listed = ", ".join(map(str, seeds))
        return (
            f"{len(seeds)} seeds ({listed}): the mean ± half of its 95 % interval "
            f"(Student's t); {SEEDS_COVER}"
        )

    return grouped("Seeds", runs, text)


def _idle(runs: Sequence[Run]) -> list[str]:
    idle_w = [run.conditions("train").get("idle_w") for run in runs]
    known = [value for value in idle_w if value is not None]
    if not known:
        return []
    return [
        f"Idle power before the trainings: {min(known):.1f} to {max(known):.1f} W; it "
        "is part of all power and energy here"
    ]


def _not_metered(runs: Sequence[Run]) -> list[str]:
    """Return a note for each reason why cells are empty."""
    empty: dict[str, dict[str, list[str]]] = {}
    for network, ours in group_by_network(runs).items():
        for quantity in (*TRAINING, EPOCH_ENERGY, *TEST, INFERENCE_ENERGY):
            reason = why_missing(quantity, ours)
            if reason:
                cell = f"{quantity.title} of {PHASES[quantity.part]}"
                empty.setdefault(reason, {}).setdefault(cell, []).append(network)
    notes = []
    for reason, cells in empty.items():
        listed = "; ".join(f"{cell} ({', '.join(who)})" for cell, who in cells.items())
        notes.append(f"{MISSING} not metered, {reason}: {listed}")
    return notes


def _readings(runs: Sequence[Run]) -> list[str]:
    boards = [run for run in runs if run.conditions("train")["device"] == "cuda"]
    notes = [BOARD_MEMORY] if boards else []
    if any(pd.notna(TRAIN_POWER.ours(run)) for run in boards):
        notes.append(BOARD_GAIN)
    notes += grouped("Energy", [r for r in runs if _disagrees(r)], _disagrees)
    return notes if len(boards) == len(runs) else [*notes, CPU_READINGS]


def _disagrees(run: Run) -> str:
    """Return in how many epochs the counter and the samples differ, if in any."""
    if "energy_disagreement_pct" not in run.epochs:
        return ""
    differ = (run.epochs["energy_disagreement_pct"].abs() > DISAGREEMENT_PCT).sum()
    if not differ:
        return ""
    return (
        f"in {differ} of {len(run.epochs)} epochs the sampled power gives more than "
        f"{DISAGREEMENT_PCT:g} % more or less than the counter, which the tables show"
    )
