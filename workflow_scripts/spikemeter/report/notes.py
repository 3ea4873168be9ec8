"""The notes under the tables: what was measured, on what, and what was not."""

from collections.abc import Sequence

import pandas as pd

from spikemeter.metering.reading import DISAGREEMENT_PCT
from spikemeter.report.conditions import (
    PHASES,
    describe_computation,
    describe_interruptions,
    describe_versions,
    group_networks,
    group_notes,
)
from spikemeter.report.marks import (
    DATA_MARKS,
    MISSING,
    OTHER_QUANTITY,
    choose_data_mark,
)
from spikemeter.report.quantities import (
    TEST,
    TRAIN_POWER,
    TRAINING,
    explain_missing,
)
from spikemeter.report.runs import PARTS, Run, group_by_network
from spikemeter.report.tables.measured_energy import ENERGIES
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
    "the first; memory % is their mean weighted by time; J/epoch is the energy of the "
    "whole training by its epochs, power the same by its time, checkpoints included",
)


def list_notes(runs: Sequence[Run]) -> list[str]:
    """Return the notes that the tables of these runs need, one per line."""
    notes = [f"{s.subject}: {s.source}" for s in list_tied_studies(runs)]
    notes += [*_marks(runs), _seeds(runs)]
    notes += describe_computation(runs) + _idle(runs)
    notes += describe_versions(runs) + _not_metered(runs)
    notes += _readings(runs) + describe_interruptions(runs)
    studies = name_studies(runs)
    notes += [PUBLISHED_F1.format(studies=studies)] if studies else []
    return [f"{note}." for note in (*notes, *SCORES, *MEANS)]


def _marks(runs: Sequence[Run]) -> list[str]:
    notes = []
    for mark, text in DATA_MARKS.items():
        marked = [run for run in runs if choose_data_mark(run) == mark]
        told = text.format(study=name_studies(marked))
        notes += [f"{mark} {told}: accuracies do not compare"] if marked else []
    return notes


def _seeds(runs: Sequence[Run]) -> str:
    seeds = list(dict.fromkeys(run.seed for run in runs))
    if len(seeds) == 1:
        return (
            f"Seeds: one seed ({seeds[0]}): how much seeds differ is not known, so "
            "there is no interval over seeds and no test of a difference"
        )
    return (
        f"Seeds: {len(seeds)} seeds ({', '.join(map(str, seeds))}): mean ± half-width "
        f"of the 95 % CI (Student's t); {SEEDS_COVER}"
    )


def _idle(runs: Sequence[Run]) -> list[str]:
    found = [run.conditions(part)["idle_w"] for part in PARTS for run in runs]
    known = [idle_w for idle_w in found if idle_w is not None]
    if not known:
        return []
    return [
        f"Idle power before the trainings and tests: {min(known):.1f} to "
        f"{max(known):.1f} W, included in all power and energy that is not net of it"
    ]


def _not_metered(runs: Sequence[Run]) -> list[str]:
    """Return a note for each reason why cells are empty."""
    cells = group_networks(
        ((reason, f"{quantity.title} of {PHASES[quantity.part]}"), network)
        for network, ours in group_by_network(runs).items()
        for quantity in (*TRAINING, *TEST, *ENERGIES)
        if (reason := explain_missing(quantity, ours))
    )
    listed: dict[str, list[str]] = {}
    for (reason, cell), networks in cells.items():
        listed.setdefault(reason, []).append(f"{cell} ({', '.join(networks)})")
    return [
        f"{MISSING} not metered, {reason}: {'; '.join(empty)}"
        for reason, empty in listed.items()
    ]


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
