"""What spiking networks cost beside their twins on the machine that ran them."""

from collections.abc import Sequence

from spikemeter.report.answer.pair import Answer, Twins
from spikemeter.report.conditions import machine_notes
from spikemeter.report.quantities import (
    EPOCH_ENERGY,
    EPOCH_S,
    INFERENCE_ENERGY,
    why_missing,
)
from spikemeter.report.statistics import LEVEL

ENERGY_OF = {
    "cuda": "Energy is that of the whole graphics board, idle power included.",
    "cpu": "Energy is that of the processor's package, not of a graphics board.",
}
BRACKETS = f"In brackets: {100 * LEVEL:g} % intervals over the seeds."
NOT_THE_PAPERS_WAY = (
    "None of these spiking networks was computed with snnTorch's loop, the paper's "
    "way; the networks of the config whose names end in _snntorch are."
)


def cost(pairs: Sequence[Twins]) -> Answer:
    """Return what was metered, and on what."""
    runs = [run for pair in pairs for run in (*pair.spiking, *pair.plain)]
    spiking = [run for pair in pairs for run in pair.spiking]
    caveats = [f"{note}." for note in machine_notes(runs)]
    metered = {
        run.conditions("train")["device"]
        for pair in pairs
        for run in pair.spiking
        if _joules(pair)
    }
    caveats += [ENERGY_OF[device] for device in sorted(metered)]
    if len({run.seed for run in runs}) > 1:
        caveats.append(BRACKETS)
    if "snntorch" not in {run.engine("train") for run in spiking}:
        caveats.append(NOT_THE_PAPERS_WAY)
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
            f"{text} does not compare: the two networks ran on different machines, or "
            "on different numbers of samples."
        )
    joules = _joules(pair)
    text += f" takes {seconds} as long for an epoch as {pair.twin}"
    if not joules:
        return f"{text}, with {pair.seeds}. {_unmetered(pair)}"
    return f"{text}, and {' and '.join(joules)}, with {pair.seeds}."


def _joules(pair: Twins) -> list[str]:
    """Return how many times the twin's energy was metered, as far as it was."""
    found = {
        "an epoch": pair.times(EPOCH_ENERGY.name),
        "an inference": pair.times(INFERENCE_ENERGY.name),
    }
    return [f"{times} the energy for {what}" for what, times in found.items() if times]


def _unmetered(pair: Twins) -> str:
    reasons = [why_missing(EPOCH_ENERGY, runs) for runs in (pair.spiking, pair.plain)]
    why = next(filter(None, reasons), "a reading was 0 J")
    return f"Energy could not be metered: {why}."
