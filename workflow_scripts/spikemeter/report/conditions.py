"""The conditions of runs in words: data, settings, engines, machine, versions."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from spikemeter.engines.names import APPROXIMATE
from spikemeter.report.marks import ROUNDED
from spikemeter.report.paper import PUBLISHED
from spikemeter.report.runs import PARTS, Part, Run

GIB = 1024**3
PHASES: dict[Part, str] = {"train": "training", "test": "the test"}
# Of the machine's processors; what others take beyond it disturbs times.
OTHERS_PCT = 5
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


def grouped(title: str, runs: Sequence[Run], text: Callable[[Run], str]) -> list[str]:
    """Return one note if ``text`` is the same for all runs, else one a text."""
    networks: dict[str, dict[str, None]] = {}
    for run in runs:
        networks.setdefault(text(run), {})[run.network] = None
    if len(networks) == 1:
        return [f"{title}: {next(iter(networks))}"]
    return [f"{title} ({', '.join(who)}): {shown}" for shown, who in networks.items()]


def data_text(run: Run) -> str:
    """Return what a run saw, and where it came from."""
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


def settings_text(run: Run) -> str:
    """Return the network and how it was trained."""
    spec = run.settings
    known = {name: text for name, text in SPEC.items() if spec.get(name) is not None}
    text = ", ".join(shown.format(spec[name]) for name, shown in known.items())
    published = PUBLISHED.get(run.network)
    if published and published.epochs != spec["epochs"]:
        text += f" (the paper: {published.epochs})"
    return (
        f"{text}; {run.train['parameters']:,} parameters, engine {run.train['engine']}"
    )


def engine_notes(runs: Sequence[Run]) -> list[str]:
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


def machine_notes(runs: Sequence[Run]) -> list[str]:
    """Return on what machines the runs were trained and tested, and who shared them."""
    shared = [note for part in PARTS for note in _shared(part, runs)]
    if all(machine_text(run, "train") == machine_text(run, "test") for run in runs):
        machines = grouped("Machine", runs, lambda run: machine_text(run, "train"))
        return machines + shared
    trained = grouped("Trained on", runs, lambda run: machine_text(run, "train"))
    tested = grouped("Tested on", runs, lambda run: machine_text(run, "test"))
    return trained + tested + shared


def machine_text(run: Run, part: Part) -> str:
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


def _shared(part: Part, runs: Sequence[Run]) -> list[str]:
    found = [(run.others_cpu_pct(part), run.network) for run in runs]
    disturbed = [(pct, name) for pct, name in found if pct and pct > OTHERS_PCT]
    if not disturbed:
        return []
    who = ", ".join(dict.fromkeys(network for _, network in disturbed))
    return [
        f"Shared machine: in {PHASES[part]}, others took up to {max(disturbed)[0]:.0f} "
        f"% of its processors ({who}): times metered so do not compare"
    ]


def versions_text(run: Run) -> str:
    """Return the versions of everything that computed a run."""
    versions = run.conditions("train")["versions"]
    return ", ".join(f"{name} {version}" for name, version in versions.items())
