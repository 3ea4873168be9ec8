"""The conditions of runs in words: data, settings, engines, machine, versions."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TypeVar

import numpy as np

from spikemeter.engines.registry import ENGINES
from spikemeter.metering.reading import PAUSED, THROTTLED
from spikemeter.report.marks import MISSING, OTHER_CODE, ROUNDED
from spikemeter.report.quantities import INFERENCE_ENERGY, list_per_seed
from spikemeter.report.runs import PARTS, Part, Run
from spikemeter.report.ties import get_tie

T = TypeVar("T")
PHASES: dict[Part, str] = {"train": "training", "test": "the test"}
# Of the machine's CPU; what other processes use beyond it disturbs times.
OTHERS_PCT = 5
SPEC = {
    "layers": "{}",
    "neuron": "{}",
    "steps": "{} steps",
    "encoding": "{} encoding",
    "loss": "{} loss",
    "batch_size": "batch {}",
    "learning_rate": "learning rate {}",
    "epochs": "{} epochs",
}
MACHINE = {
    "board": "{board}, driver {driver}",
    "cpu": "{cpu}",
    "cpu_threads": "{cpu_threads} threads",
    "cpu_quota": "a quota of {cpu_quota:g} CPUs",
    "power_field": "power from {power_field}",
    "power_limit_w": "limit {power_limit_w:.0f} W",
    "other_compute_processes": "shared with {other_compute_processes} processes",
    "machine_memory_gib": "{machine_memory_gib:.1f} GiB of memory",
    "memory_limit_gib": "of which the process may use {memory_limit_gib:.1f} GiB",
    "platform": "{platform}",
}
SAME_SPIKES = (
    "For equal weights and inputs, engines that do not round give the same spikes, "
    "except for ties that the order of a sum decides; trainings then diverge as they "
    "do when the last digit of a weight changes"
)


def group_notes(
    title: str, runs: Iterable[Run], text: Callable[[Run], str]
) -> list[str]:
    """Return one note if ``text`` is the same for all runs, else one per text."""
    networks = group_networks((text(run), run.network) for run in runs)
    if len(networks) == 1:
        return [f"{title}: {next(iter(networks))}"]
    return [f"{title} ({', '.join(who)}): {shown}" for shown, who in networks.items()]


def group_networks(told: Iterable[tuple[T, str]]) -> dict[T, list[str]]:
    """Return the networks of which the same is told, each once."""
    networks: dict[T, dict[str, None]] = {}
    for what, network in told:
        networks.setdefault(what, {})[network] = None
    return {what: list(found) for what, found in networks.items()}


def describe_computation(runs: Sequence[Run]) -> list[str]:
    """Return the data, the networks, the engines and the machines, one per line."""
    return [
        *group_notes("Data", runs, _describe_data),
        *group_notes("Settings", runs, _describe_settings),
        *_explain_engines(runs),
        *_describe_checks(runs),
        *describe_machines(runs),
    ]


def _describe_data(run: Run) -> str:
    data = run.train["data"]
    verified = "verified" if data["verified"] else "not verified"
    if data["stand_in"]:
        verified = f"a stand-in, made from a sample that is {verified}"
    return (
        f"{data['title']}: {data['train_samples']:,} training and validation and "
        f"{data['test_samples']:,} test samples; source {data['source']}, {verified}; "
        f"licence {data['licence']}"
    )


def _describe_settings(run: Run) -> str:
    spec, tie = run.settings, get_tie(run)
    own = {name: f"{name} {{}}" for name in run.train["spec"]["neuron"]}
    texts = own | SPEC
    known = [name for name in (*SPEC, *own) if spec.get(name) is not None]
    text = ", ".join(texts[name].format(spec[name]) for name in dict.fromkeys(known))
    stated = tie.settings.get("epochs") if tie else None
    if tie and stated and not stated.allows(spec["epochs"]):
        text += f" ({tie.study.name}: {stated.text})"
    return (
        f"{text}; {run.train['parameters']:,} parameters, engine {run.train['engine']}"
    )


def _explain_engines(runs: Sequence[Run]) -> list[str]:
    """Return what the names of the engines mean, and how they compute."""
    used = {run.engine(part) for run in runs for part in PARTS}
    known = [ENGINES[name] for name in reversed(list(ENGINES)) if name in used]
    exact = ["plain is PyTorch alone"] if "plain" in used else []
    exact += [f"{one.name} is {one.summary}" for one in known if one.rounding is None]
    notes = [f"Engine: {'; '.join(exact)}"] if exact else []
    notes += [SAME_SPIKES] if any(not e.stepwise for e in known) else []
    rounding = [one for one in known if one.rounding]
    notes += [
        f"{ROUNDED} {one.name} is {one.summary}, which multiplies in {one.rounding}: "
        "other neurons spike than in float32, and accuracies differ"
        for one in rounding
    ]
    exempt = f" (except for {ROUNDED})" if rounding else ""
    arithmetic = f"float32, without TF32{exempt}, with deterministic algorithms"
    return [*notes, f"Arithmetic: {arithmetic}"]


def _describe_checks(runs: Sequence[Run]) -> list[str]:
    """Return how batches ran on a GPU, and what the checks before them found."""
    checks = [
        (run, check)
        for run in runs
        for part in PARTS
        if (check := getattr(run, part).get("self_check"))
    ]
    if not checks:
        return []
    ways = group_networks((check["execution"], run.network) for run, check in checks)
    told = "; ".join(f"{way} ({', '.join(who)})" for way, who in ways.items())
    spikes, tied = (
        sum(c[name] or 0 for _, c in checks) for name in ("checked", "tied")
    )
    return [
        f"Batches on the GPU: {told}",
        f"Self-check before the metering: of {spikes:,} neurons by steps by samples, "
        f"{tied:,} spike as float64 does not, within the rounding, and none beyond it",
    ]


def describe_machines(runs: Sequence[Run]) -> list[str]:
    """Return the machines that trained and tested, and who shared them."""
    shared = [note for part in PARTS for note in _shared(part, runs)]
    trained = partial(_describe_machine, part="train")
    tested = partial(_describe_machine, part="test")
    if all(trained(run) == tested(run) for run in runs):
        return group_notes("Machine", runs, trained) + shared
    machines = group_notes("Trained on", runs, trained)
    return machines + group_notes("Tested on", runs, tested) + shared


def _describe_machine(run: Run, part: Part) -> str:
    conditions = run.conditions(part)
    on_cpu = conditions["device"] == "cpu"
    found = {
        **conditions,
        "cpu_threads": conditions["cpu_threads"] if on_cpu else None,
        "machine_memory_gib": (conditions["machine_memory_bytes"] or 0) / 1024**3,
        "memory_limit_gib": (conditions.get("memory_limit_bytes") or 0) / 1024**3,
    }
    known = [
        text.format_map(found) for name, text in MACHINE.items() if found.get(name)
    ]
    return ", ".join(["CPU only", *known] if on_cpu else known)


def name_energy_machine(runs: Sequence[Run]) -> str:
    """Return the hardware whose energy per inference was measured, if it was."""
    if np.isnan(list_per_seed(INFERENCE_ENERGY, runs)).any():
        return MISSING
    found = runs[0].conditions("test")
    name = found["board"] if found["device"] == "cuda" else found["cpu"]
    return str(name or found["device"])


def _shared(part: Part, runs: Sequence[Run]) -> list[str]:
    found = [(run.others_cpu_pct(part), run.network) for run in runs]
    disturbed = [(pct, name) for pct, name in found if pct and pct > OTHERS_PCT]
    if not disturbed:
        return []
    who = ", ".join(dict.fromkeys(network for _, network in disturbed))
    return [
        f"Shared machine: in {PHASES[part]}, other processes used up to "
        f"{max(disturbed)[0]:.0f} % of its CPU ({who}): these times are not comparable"
    ]


def describe_pauses(runs: Sequence[Run]) -> list[str]:
    """Return a note for each part of a run that was paused, or held back by a quota."""
    notes = []
    for run in runs:
        for part in PARTS:
            where = f"({run.network}, seed {run.seed}): {PHASES[part]} was"
            if paused_s := run.total("paused_s", part):
                paused = PAUSED.format(paused_s)
                notes.append(f"Paused {where} {paused}, which no number includes")
            if throttled_s := run.total("throttled_s", part):
                throttled = THROTTLED.format(throttled_s)
                notes.append(f"Throttled {where} {throttled}: its times include that")
    return notes


def describe_versions(runs: Sequence[Run]) -> list[str]:
    """Return the versions of everything that computed the runs."""

    def listed(run: Run) -> str:
        versions = run.conditions("train")["versions"]
        return ", ".join(f"{name} {version}" for name, version in versions.items())

    return group_notes("Versions", runs, listed)


def describe_other_code(runs: Sequence[Run]) -> list[str]:
    """Return a note that names the code of runs that another version of it made."""
    made = dict.fromkeys(
        f"{run.network}, {PHASES[part]} by spikemeter {version}, code {code}"
        for run in runs
        for part in run.other_code
        for version in [run.conditions(part)["versions"]["spikemeter"]]
        for code in [getattr(run, part)["code"]]
    )
    if not made:
        return []
    return [
        f"{OTHER_CODE} made by another version of the code from the same settings and "
        f"data, and accepted by reuse: settings: {'; '.join(made)}"
    ]


def describe_interruptions(runs: Sequence[Run]) -> list[str]:
    """Return a note for each training that took several processes."""
    return [
        f"Interrupted ({run.network}, seed {run.seed}): trained in "
        f"{run.train['sessions']} processes; {_describe_loss(run)}"
        for run in runs
        if run.train["sessions"] > 1
    ]


def _describe_loss(run: Run) -> str:
    """Return the cost of epochs that had to be repeated."""
    lost = run.train["lost"]
    if "lost" in run.train["missing"]:
        return f"what was lost is not known ({run.train['missing']['lost']})"
    if not lost:
        return "no epoch had to be repeated"
    seconds = sum(record["seconds"] for record in lost)
    known = [r["energy_j"] for r in lost if r["energy_j"] is not None]
    unknown = sorted({r["energy_missing"] for r in lost if r["energy_j"] is None})
    energy = f"{sum(known):.1f} J" if known else "an unknown energy"
    if unknown:
        energy = f"{'at least ' if known else ''}{energy} ({'; '.join(unknown)})"
    return (
        f"epochs begun in vain took {seconds:.1f} s and {energy}, which no table "
        "includes"
    )
