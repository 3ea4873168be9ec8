"""The conditions of runs in words: data, settings, engines, machine, versions."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

import numpy as np

from spikemeter.engines.registry import ENGINES
from spikemeter.report.marks import MISSING, ROUNDED
from spikemeter.report.quantities import INFERENCE_ENERGY, list_per_seed
from spikemeter.report.runs import PARTS, Part, Run
from spikemeter.report.ties import get_tie

GIB = 1024**3
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
SAME_SPIKES = (
    "For equal weights and inputs, engines that do not round give the same spikes, "
    "except for ties that the order of a sum decides; trainings then diverge as they "
    "do when the last digit of a weight changes"
)


def group_notes(
    title: str, runs: Iterable[Run], text: Callable[[Run], str]
) -> list[str]:
    """Return one note if ``text`` is the same for all runs, else one per text."""
    networks: dict[str, dict[str, None]] = {}
    for run in runs:
        networks.setdefault(text(run), {})[run.network] = None
    if len(networks) == 1:
        return [f"{title}: {next(iter(networks))}"]
    return [f"{title} ({', '.join(who)}): {shown}" for shown, who in networks.items()]


def describe_data(run: Run) -> str:
    """Return what a run saw, and where it came from."""
    data = run.train["data"]
    verified = "verified" if data["verified"] else "not verified"
    if data["stand_in"]:
        verified = f"a stand-in, made from a sample that is {verified}"
    return (
        f"{data['title']}: {data['train_samples']:,} training and validation and "
        f"{data['test_samples']:,} test samples; source {data['source']}, {verified}; "
        f"licence {data['licence']}"
    )


def describe_settings(run: Run) -> str:
    """Return the network and how it was trained."""
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


def explain_engines(runs: Sequence[Run]) -> list[str]:
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


def describe_machines(runs: Sequence[Run]) -> list[str]:
    """Return the machines that trained and tested, and who shared them."""
    shared = [note for part in PARTS for note in _shared(part, runs)]
    trained = partial(describe_machine, part="train")
    tested = partial(describe_machine, part="test")
    if all(trained(run) == tested(run) for run in runs):
        return group_notes("Machine", runs, trained) + shared
    machines = group_notes("Trained on", runs, trained)
    return machines + group_notes("Tested on", runs, tested) + shared


def describe_machine(run: Run, part: Part) -> str:
    """Return the machine of a part of a run."""
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


def list_versions(run: Run) -> str:
    """Return the versions of everything that computed a run."""
    versions = run.conditions("train")["versions"]
    return ", ".join(f"{name} {version}" for name, version in versions.items())


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
