"""The notes under the tables: what was measured, on what, and what was not."""

from collections.abc import Sequence

import pandas as pd

from spikemeter.metering.reading import DISAGREEMENT_PCT
from spikemeter.report.conditions import (
    PHASES,
    describe_computation,
    describe_interruptions,
    describe_other_code,
    describe_pauses,
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
    EPOCH_ENERGY,
    INFERENCE_ENERGY,
    TEST,
    TRAINING,
    explain_missing,
    find_disagreement_pct,
    read_part,
)
from spikemeter.report.runs import PARTS, Part, Run, group_by_network
from spikemeter.report.tables.measured_energy import ENERGIES
from spikemeter.report.ties import list_tied_studies, name_studies

GPU_MEMORY = (
    "Memory % on a GPU is the memory in use on the whole GPU, other programs included, "
    "in % of its memory"
)
CPU_READINGS = (
    f"{OTHER_QUANTITY} on a CPU, memory % is this process's resident memory in % of "
    "the machine's or of its limit, and power and energy are the CPU package's, not a "
    "GPU's"
)
METER_ERROR = (
    "Power and energy: the ± is a 95 % interval that includes the meter's error. A "
    "sensor's gain is off by the same share in all readings of one board (Yang et al., "
    "SC24, doi 10.1109/SC41406.2024.00028): compare networks on the same one only"
)
MLPERF = (
    "MLPerf Power's rule (60 power samples or more, one or more per second; here by "
    "the board's own sensor)"
)
LEAST_SAMPLES = 60
PUBLISHED_F1 = (
    "F1 (from accuracy) is the formula of {studies}, 2·acc·recall/(acc+recall), of the "
    "confusion matrix; it is not F1, since it has no precision in it"
)
SCORES = (
    "F1 (macro) is the mean over the classes of the harmonic mean of precision and "
    "recall. Recall is the mean over the classes; those without a test sample do not "
    "count. Both are of the confusion matrix of the metered test, in which the lowest "
    "class of a tie counts as predicted; so it does in training and validation",
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
    notes += describe_versions(runs) + describe_other_code(runs) + _not_metered(runs)
    notes += _readings(runs) + describe_interruptions(runs) + describe_pauses(runs)
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
        if quantity.reading
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
    if metered := [run for run in runs if _list_metered(run)]:
        notes.append(METER_ERROR)
        notes += group_notes("Power sensor", metered, _describe_sensor)
        notes += group_notes(MLPERF, metered, _check_samples)
    notes += group_notes("Energy", [r for r in runs if _disagreement(r)], _disagreement)
    return notes if len(gpus) == len(runs) else [*notes, CPU_READINGS]


def _list_metered(run: Run) -> list[Part]:
    """Return the parts of a run whose energy is known."""
    energies = (EPOCH_ENERGY, INFERENCE_ENERGY)
    return [each.part for each in energies if pd.notna(each.value(run))]


def _describe_sensor(run: Run) -> str:
    sensor = run.conditions(_list_metered(run)[0]).get("power_sensor")
    if sensor is None:
        return "its error was not recorded; delete these runs to make them again"
    return (
        f"gain ± {sensor['gain_pct']:g} %, a reading every {sensor['update_s']:g} s "
        f"that is the mean of {sensor['window_s']:g} s"
    )


def _check_samples(run: Run) -> str:
    """Return in which parts of a run MLPerf's rule is kept."""
    short = []
    for part in _list_metered(run):
        samples, seconds = read_part(run, part, "power_samples")
        if not samples >= max(LEAST_SAMPLES, seconds):
            short.append(PHASES[part])
    return f"not kept in {' and '.join(short)}" if short else "kept"


def _disagreement(run: Run) -> str:
    """Return where counter and samples differ; empty, if nowhere."""
    where = [
        f"in {PHASES[part]} ({pct:+.0f} %)"
        for part in PARTS
        if abs(pct := find_disagreement_pct(run, part)) > DISAGREEMENT_PCT
    ]
    if "energy_disagreement_pct" in run.epochs:
        differ = (run.epochs["energy_disagreement_pct"].abs() > DISAGREEMENT_PCT).sum()
        where += [f"in {differ} of {len(run.epochs)} epochs"] if differ else []
    if not where:
        return ""
    return (
        f"{', '.join(where)} the sampled power gives more than {DISAGREEMENT_PCT:g} % "
        "more or less than the counter, which the tables show"
    )
