"""The notes under the tables: what was measured, on what, and what was not."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from spikemeter.engines.names import APPROXIMATE
from spikemeter.metering.summary import DISAGREEMENT_PCT
from spikemeter.report.interruptions import interruptions
from spikemeter.report.pages import MISSING, OTHER_QUANTITY, ROUNDED
from spikemeter.report.paper import PUBLISHED, SOURCE
from spikemeter.report.quantities import (
    EPOCH_ENERGY,
    TEST,
    TRAIN_POWER,
    TRAINING,
    why_missing,
)
from spikemeter.report.runs import Part, Run, by_network
from spikemeter.report.tables import PART_OF_DATA, STAND_IN, data_mark

GIB = 1024**3
SPEC = {
    "layers": "{}",
    "neuron": "{}",
    "steps": "{} steps",
    "encoding": "{} encoding",
    "beta": "beta {}",
    "threshold": "threshold {}",
    "surrogate": "{} surrogate",
    "loss": "{} loss",
    "batch_size": "batch {}",
    "learning_rate": "learning rate {}",
    "epochs": "{} epochs",
}
ENGINES = {
    "plain": "PyTorch alone",
    "snntorch": "snnTorch, one time step after the other, as the paper",
    "events": "spikemeter's own for the processor, from spike to spike",
    "scan": "spikemeter's own for a GPU, all time steps of a layer at once",
}
SAME_SPIKES = (
    "For equal weights and inputs, events and scan give the spikes of snntorch, but "
    "for ties that the order of a sum decides; trainings then part as they do when the "
    "last digit of a weight changes"
)
PARTS: dict[Part, str] = {"train": "training", "test": "the test"}
MARKS = {
    STAND_IN: "another data set in place of the paper's: its accuracy says nothing "
    "about the paper's",
    PART_OF_DATA: "not the paper's whole, verified data set (see Data)",
}
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
MEANS = (
    "s/epoch covers training and validation, the mean of all epochs, the first one "
    "included; memory % is their mean weighted by time; power is energy by time; "
    "where an epoch is too short to be metered, both are of all epochs together",
    "Ratios: network by reference, seed by seed; none between different machines, none "
    "of time or energy between different numbers of training samples. The paper's are "
    "computed from its tables, its energy as power × seconds",
    "Tied: two or more classes spiked most, silent samples included; silent: no "
    "output spiked; in % of the test samples",
)


def footnotes(runs: Sequence[Run]) -> list[str]:
    """Return the notes that the tables of these runs need, one a line."""
    notes = [f"The paper: {SOURCE}", *_marks(runs), *_seeds(runs)]
    notes += _grouped("Data", runs, _data)
    notes += _grouped("Settings", runs, _settings)
    notes += _engines(runs)
    notes += _machines(runs) + _idle(runs)
    notes += _grouped("Versions", runs, _versions)
    notes += _not_metered(runs)
    notes += _readings(runs) + interruptions(runs)
    return [f"{note}." for note in (*notes, *SCORES, *MEANS)]


def _marks(runs: Sequence[Run]) -> list[str]:
    used = {data_mark(run) for run in runs}
    return [f"{mark} {text}" for mark, text in MARKS.items() if mark in used]


def _seeds(runs: Sequence[Run]) -> list[str]:
    def text(run: Run) -> str:
        seeds = [other.seed for other in runs if other.network == run.network]
        if len(seeds) == 1:
            return f"one seed ({seeds[0]}): how far seeds differ is not known"
        listed = ", ".join(map(str, seeds))
        return f"mean ± standard deviation of {len(seeds)} seeds ({listed})"

    return _grouped("Seeds", runs, text)


def _data(run: Run) -> str:
    data = run.train["data"]
    return (
        f"{data['title']}: {data['train_samples']:,} training and validation and "
        f"{data['test_samples']:,} test samples; source {data['source']}, "
        f"{_standing(data)}; "
        f"licence {data['licence']}"
    )


def _standing(data: Mapping[str, Any]) -> str:
    verified = "verified" if data["verified"] else "not verified"
    if data["stand_in"]:
        return f"a stand-in, made from a sample that is {verified}"
    return verified


def _settings(run: Run) -> str:
    spec = run.train["spec"]
    known = {name: text for name, text in SPEC.items() if spec.get(name) is not None}
    text = ", ".join(shown.format(spec[name]) for name, shown in known.items())
    published = PUBLISHED.get(run.network)
    if published and published.epochs != spec["epochs"]:
        text += f" (the paper: {published.epochs})"
    return (
        f"{text}; {run.train['parameters']:,} parameters, engine {run.train['engine']}"
    )


def _engines(runs: Sequence[Run]) -> list[str]:
    """Return what the names of the engines mean, and how they compute."""
    used = {run.engine(part) for run in runs for part in PARTS}
    exact = [f"{name} is {text}" for name, text in ENGINES.items() if name in used]
    notes = [f"Engine: {'; '.join(exact)}"] if exact else []
    notes += [SAME_SPIKES] if used & {"events", "scan"} else []
    notes += [
        f"{ROUNDED} {name} is spikemeter's own for a GPU, which multiplies in "
        f"{rounding}: other neurons spike than in float32, and accuracies are its own"
        for name, rounding in APPROXIMATE.items()
        if name in used
    ]
    exempt = "" if used.isdisjoint(APPROXIMATE) else f" (but for {ROUNDED})"
    arithmetic = f"float32, without TF32{exempt}, with deterministic algorithms"
    return [*notes, f"Arithmetic: {arithmetic}"]


def _machines(runs: Sequence[Run]) -> list[str]:
    if all(_machine(run, "train") == _machine(run, "test") for run in runs):
        return _grouped("Machine", runs, lambda run: _machine(run, "train"))
    trained = _grouped("Trained on", runs, lambda run: _machine(run, "train"))
    return trained + _grouped("Tested on", runs, lambda run: _machine(run, "test"))


def _machine(run: Run, part: Part) -> str:
    found = run.conditions(part)
    texts = ["CPU only"] if found["device"] == "cpu" else []
    if found.get("board"):
        texts.append(f"{found['board']}, driver {found['driver']}")
    if found.get("cpu"):
        texts.append(str(found["cpu"]))
    if found.get("cpu_threads") and found["device"] == "cpu":
        texts.append(f"{found['cpu_threads']} threads")
    if found.get("power_field"):
        texts.append(f"power from {found['power_field']}")
    if found.get("power_limit_w") is not None:
        texts.append(f"limit {found['power_limit_w']:.0f} W")
    if found.get("other_compute_processes"):
        texts.append(f"shared with {found['other_compute_processes']} processes")
    if found.get("machine_memory_bytes"):
        texts.append(f"{found['machine_memory_bytes'] / GIB:.1f} GiB of memory")
    if found.get("platform"):
        texts.append(str(found["platform"]))
    return ", ".join(texts)


def _idle(runs: Sequence[Run]) -> list[str]:
    idle_w = [run.conditions("train").get("idle_w") for run in runs]
    known = [value for value in idle_w if value is not None]
    if not known:
        return []
    return [
        f"Idle power before the trainings: {min(known):.1f} to {max(known):.1f} W; it "
        "is part of all power and energy here"
    ]


def _versions(run: Run) -> str:
    versions = run.conditions("train")["versions"]
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def _not_metered(runs: Sequence[Run]) -> list[str]:
    """Return a note for each reason why cells are empty."""
    empty: dict[str, dict[str, list[str]]] = {}
    for network, ours in by_network(runs).items():
        for quantity in (*TRAINING, EPOCH_ENERGY, *TEST):
            reason = why_missing(quantity, ours)
            if reason:
                cell = f"{quantity.title} of {PARTS[quantity.part]}"
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
    notes += _grouped("Energy", [r for r in runs if _disagrees(r)], _disagrees)
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


def _grouped(title: str, runs: Sequence[Run], text: Callable[[Run], str]) -> list[str]:
    """Return one note if ``text`` is the same for all runs, else one a text."""
    networks: dict[str, dict[str, None]] = {}
    for run in runs:
        networks.setdefault(text(run), {})[run.network] = None
    if len(networks) == 1:
        return [f"{title}: {next(iter(networks))}"]
    return [f"{title} ({', '.join(who)}): {shown}" for shown, who in networks.items()]
