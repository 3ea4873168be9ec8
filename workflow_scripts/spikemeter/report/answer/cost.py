"""What spiking networks cost compared with their twins on the machine that ran them."""

from collections.abc import Sequence

from spikemeter.report.answer.pair import Answer, Twins
from spikemeter.report.conditions import describe_machines
from spikemeter.report.quantities import (
    EPOCH_ENERGY,
    EPOCH_S,
    INFERENCE_ENERGY,
    explain_missing,
)
from spikemeter.report.statistics import LEVEL
from spikemeter.report.ties import list_tied_studies

ENERGY_OF = {
    "cuda": "Energy is that of the whole GPU, idle power included.",
    "cpu": "Energy is that of the CPU package, not of a GPU.",
}
BRACKETS = f"In brackets: {100 * LEVEL:g} % intervals over the seeds."
OTHER_ENGINE = (
    "None of these spiking networks was computed by the engine {engine}, as {study} "
    "did; `also_on: [{engine}]` of a network in the config does that."
)


def answer_cost(pairs: Sequence[Twins]) -> Answer:
    """Return what was metered, and on which machine."""
    runs = [run for pair in pairs for run in (*pair.spiking, *pair.plain)]
    spiking = [run for pair in pairs for run in pair.spiking]
    caveats = [f"{note}." for note in describe_machines(runs)]
    metered = {
        run.conditions("train")["device"]
        for pair in pairs
        for run in pair.spiking
        if _joules(pair)
    }
    caveats += [ENERGY_OF[device] for device in sorted(metered)]
    if len({run.seed for run in runs}) > 1:
        caveats.append(BRACKETS)
    engines = {run.engine("train") for run in spiking}
    caveats += [
        OTHER_ENGINE.format(engine=study.engine, study=study.name)
        for study in list_tied_studies(spiking)
        if study.engine not in engines
    ]
    title = "What did it cost on this hardware?"
    return Answer(title, tuple(map(_finding, pairs)), tuple(caveats))


def _finding(pair: Twins) -> str:
    engines = (
        f"engine {pair.row['engine']}; {pair.twin}: {pair.row['reference_engine']}"
    )
    text = f"{pair.head} ({engines})"
    seconds = pair.times(EPOCH_S.name)
    if not seconds:
        return (
            f"{text} cannot be compared: the two networks ran on different machines, "
            "or on different numbers of samples."
        )
    joules = _joules(pair)
    text += f" takes {seconds} as long per epoch as {pair.twin}"
    if not joules:
        return f"{text}, with {pair.seeds}. {_unmetered(pair)}"
    return f"{text}, and {' and '.join(joules)}, with {pair.seeds}."


def _joules(pair: Twins) -> list[str]:
    """Return the ratios to the twin's energy that could be metered."""
    found = {
        "epoch": pair.times(EPOCH_ENERGY.name),
        "inference": pair.times(INFERENCE_ENERGY.name),
    }
    return [f"{times} the energy per {what}" for what, times in found.items() if times]


def _unmetered(pair: Twins) -> str:
    reasons = [
        explain_missing(EPOCH_ENERGY, runs) for runs in (pair.spiking, pair.plain)
    ]
    why = next(filter(None, reasons), "a reading was 0 J")
    return f"Energy could not be metered: {why}."
