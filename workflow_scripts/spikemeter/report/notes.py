"""The notes under the tables: what was measured, on what, and what was not."""

from collections.abc import Sequence

import pandas as pd

from spikemeter.metering.reading import DISAGREEMENT_PCT
from spikemeter.report.conditions import (
    PHASES,
    describe_data,
    describe_interruptions,
    describe_machines,
    describe_settings,
    explain_engines,
    group_notes,
    list_versions,
)
from spikemeter.report.marks import (
    DATA_MARKS,
    MISSING,
    OTHER_QUANTITY,
    choose_data_mark,
)
from spikemeter.report.quantities import (
    EPOCH_ENERGY,
    INFERENCE_ENERGY,
    TEST,
    TRAIN_POWER,
    TRAINING,
    explain_missing,
)
from spikemeter.report.runs import Run, group_by_network
from spikemeter.report.ties import list_tied_studies, name_studies

GPU_MEMORY = (
    "Memory % on a GPU is the memory in use on the whole GPU, other programs included, "
    "in % of its memory"
)
CPU_READINGS = (
    f"{OTHER_QUANTITY} on a CPU, memory % is this process's resident memory in % of "
    "the machine's, and power and energy are the CPU package's, not a GPU's"
)
GPU_SENSOR = (
    "Power and energy: a GPU's sensor may read up to 5 % high or low throughout (Yang "
    "et al., SC24, doi 10.1109/SC41406.2024.00028); compare networks on the same GPU "
    "only"
)
PUBLISHED_F1 = (
    "F1 (from accuracy) is the formula of {studies}, 2·acc·recall/(acc+recall); it is "
    "not F1, since it has no precision in it"
)
SCORES = (
    "F1 (macro) is the mean over the classes of the harmonic mean of precision and "
    "recall. Recall is the mean over the classes",
    "Training accuracy is the running accuracy of the epoch, taken while the weights "
    "change; validation accuracy follows the epoch",
    "The epoch with the best validation accuracy gives the parameters that are tested",
)
SEEDS_COVER = (
    "it covers what a seed decides (validation samples, initial weights, order of the "
    "batches, rate coding) and how readings vary from run to run, but no other machine "
    "and no other test samples"
)
MEANS = (
    "s/epoch covers training and validation and is the mean of all epochs, including "
    "the first; memory % is their mean weighted by time; power is energy by time; if "
    "an epoch is too short to be metered, both are of all epochs together",
)


def list_notes(runs: Sequence[Run]) -> list[str]:
    """Return the notes that the tables of these runs need, one per line."""
    notes = [f"{s.subject}: {s.source}" for s in list_tied_studies(runs)]
    notes += _marks(runs) + _seeds(runs)
    notes += group_notes("Data", runs, describe_data)
    notes += group_notes("Settings", runs, describe_settings)
    notes += explain_engines(runs)
    notes += describe_machines(runs) + _idle(runs)
    notes += group_notes("Versions", runs, list_versions)
    notes += _not_metered(runs)
    notes += _readings(runs) + describe_interruptions(runs)
    studies = name_studies(runs)
    notes += [PUBLISHED_F1.format(studies=studies)] if studies else []
    return [f"{note}." for note in (*notes, *SCORES, *MEANS)]


def _marks(runs: Sequence[Run]) -> list[str]:
    marked: dict[str, list[Run]] = {}
    for run in runs:
        marked.setdefault(choose_data_mark(run), []).append(run)
    return [
        f"{mark} {text.format(study=name_studies(marked[mark]))}: accuracies do not "
        "compare"
        for mark, text in DATA_MARKS.items()
        if mark in marked
    ]


def _seeds(runs: Sequence[Run]) -> list[str]:
    def text(run: Run) -> str:
        seeds = [other.seed for other in runs if other.network == run.network]
        if len(seeds) == 1:
            return (
                f"one seed ({seeds[0]}): how much seeds differ is not known, so there "
                "is no interval over seeds and no test of a difference"
            )
        listed = ", ".join(map(str, seeds))
        return (
            f"{len(seeds)} seeds ({listed}): mean ± half-width of the 95 % CI "
            f"(Student's t); {SEEDS_COVER}"
        )

    return group_notes("Seeds", runs, text)


def _idle(runs: Sequence[Run]) -> list[str]:
    idle_w = [run.conditions("train").get("idle_w") for run in runs]
    known = [value for value in idle_w if value is not None]
    if not known:
        return []
    return [
        f"Idle power before the trainings: {min(known):.1f} to {max(known):.1f} W, "
        "included in all power and energy here"
    ]


def _not_metered(runs: Sequence[Run]) -> list[str]:
    """Return a note for each reason why cells are empty."""
    empty: dict[str, dict[str, list[str]]] = {}
    for network, ours in group_by_network(runs).items():
        for quantity in (*TRAINING, EPOCH_ENERGY, *TEST, INFERENCE_ENERGY):
            reason = explain_missing(quantity, ours)
            if reason:
                cell = f"{quantity.title} of {PHASES[quantity.part]}"
                empty.setdefault(reason, {}).setdefault(cell, []).append(network)
    notes = []
    for reason, cells in empty.items():
        listed = "; ".join(f"{cell} ({', '.join(who)})" for cell, who in cells.items())
        notes.append(f"{MISSING} not metered, {reason}: {listed}")
    return notes


def _readings(runs: Sequence[Run]) -> list[str]:
    gpus = [run for run in runs if run.conditions("train")["device"] == "cuda"]
    notes = [GPU_MEMORY] if gpus else []
    if any(pd.notna(TRAIN_POWER.value(run)) for run in gpus):
        notes.append(GPU_SENSOR)
    notes += group_notes("Energy", [r for r in runs if _disagreement(r)], _disagreement)
    return notes if len(gpus) == len(runs) else [*notes, CPU_READINGS]


def _disagreement(run: Run) -> str:
    """Return in how many epochs counter and samples differ; empty, if in none."""
    if "energy_disagreement_pct" not in run.epochs:
        return ""
    differ = (run.epochs["energy_disagreement_pct"].abs() > DISAGREEMENT_PCT).sum()
    if not differ:
        return ""
    return (
        f"in {differ} of {len(run.epochs)} epochs the sampled power gives more than "
        f"{DISAGREEMENT_PCT:g} % more or less than the counter, which the tables show"
    )
