"""Jobs that are killed: kill -9, as by the system when memory runs out."""

from dataclasses import dataclass

from tests.faults.causes import CHECKPOINT, FILE, JOB, PASS, at
from tests.faults.fault import KILLED, Fault, campaign
from tests.faults.procedure import assert_recovers

DATA, RUNS, FIGURES = "results/data", "results/runs", "results/figures"
FORMATS = ("svg", "pdf", "png")


@dataclass(frozen=True)
class Job:
    """A job that is killed: its rule, script and outputs, the first written first."""

    rule: str
    script: str
    outputs: tuple[str, ...]
    keeps: tuple[str, ...] = ()  # what it leaves beside its outputs on purpose


def figure(name: str) -> tuple[str, ...]:
    return tuple(f"{FIGURES}/{name}.{kind}" for kind in FORMATS)


def raw(dataset: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{DATA}/{dataset}/raw/{name}" for name in (*names, "source.json"))


MNIST = [
    f"{p}-{k}-ubyte" for p in ("train", "t10k") for k in ("images-idx3", "labels-idx1")
]
CIFAR10 = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]
TRAINED = ("model.pt", "epochs.csv", "power.csv", "train.json")
ANN = f"{RUNS}/ann/seed0"
RESUME = (f"{ANN}/resume/state.pt", f"{ANN}/resume/unsaved.json")
TABLES = [
    f"{t}.{k}"
    for t in ("training", "test", "ratios", "activity")
    for k in ("csv", "tex")
]

JOBS = (
    Job("fetch_mnist", "fetch", raw("mnist", *MNIST)),
    Job("fetch_cifar10", "fetch", raw("cifar10", *CIFAR10)),
    Job("fetch_nmnist", "fetch", raw("nmnist", "train.zip", "test.zip")),
    Job(
        "prepare[digits]",
        "prepare",
        (f"{DATA}/digits.npz", f"{DATA}/digits.json"),
    ),
    Job(
        "prepare[events]",
        "prepare",
        (f"{DATA}/events.npz", f"{DATA}/events.json"),
    ),
    Job(
        "train", "train", tuple(f"{ANN}/{name}" for name in TRAINED), (f"{ANN}/.lock",)
    ),
    Job("test", "test", (f"{ANN}/steps.csv", f"{ANN}/test.json"), (f"{ANN}/.lock",)),
    Job(
        "tables",
        "tables",
        (*(f"results/tables/{n}" for n in TABLES), "results/tables.md"),
    ),
    *(
        Job(f"figure {name}", "figure", figure(name))
        for name in (
            *("experiment1", "examples", "saccades", "neuron"),
            *("unrolled_forward", "architecture_snn"),
        )
    ),
)


def stages(job: Job):
    """Return a fault for each stage at which a job may be killed."""
    first = job.outputs[0].rpartition("/")[2]
    stem, _, kind = first.partition(".")
    partial = job.outputs[0].replace(first, f".{stem}.*.partial.{kind}".rstrip("."))
    resume = RESUME if job.rule == "train" else ()
    found = {
        "before it begins": (at(job.script, JOB), ()),
        f"while it writes {first}": (
            at(job.script, FILE, when="inside", match=first),
            (partial, *job.keeps, *resume),
        ),
        f"after {first}, before the rest": (
            at(job.script, FILE, when="after", match=first),
            (*job.keeps, *resume),
        ),
        "after its last output": (at(job.script, JOB, when="after"), ()),
    }
    if len(job.outputs) == 1:
        del found[f"after {first}, before the rest"]
    for stage, (cause, left) in found.items():
        yield Fault(
            f"{job.rule} killed {stage}",
            job.outputs[-1],
            KILLED,
            left,
            missing=job.outputs,
            causes=(cause,),
        )


def in_training(stage: str, network: str, left, **cause):
    folder = f"{RUNS}/{network}/seed0"
    return Fault(
        f"train killed {stage}",
        f"{folder}/train.json",
        KILLED,
        tuple(f"{folder}/{name}" for name in (".lock", *left)),
        missing=tuple(f"{folder}/{name}" for name in TRAINED),
        causes=(at("train", **cause),),
    )


STATE, NOTE = "resume/state.pt", "resume/unsaved.json"
TRAININGS = (
    in_training("in its first epoch", "snn", [NOTE], where=PASS, when="after"),
    in_training(
        "in a later epoch", "snn", [STATE, NOTE], where=PASS, call=3, when="after"
    ),
    in_training(
        "while it saves its first checkpoint",
        "snn",
        [NOTE, "resume/.state.*.partial.pt"],
        where=FILE,
        match="state.pt",
        when="inside",
    ),
    in_training(
        "after a checkpoint", "snn", [STATE, NOTE], where=CHECKPOINT, when="after"
    ),
    in_training(
        "after its last output, before it removes its checkpoint",
        "snn",
        [STATE, NOTE],
        where=FILE,
        match="train.json",
        when="after",
    ),
)
QUICK = (
    "prepare[digits] killed while it writes digits.npz",
    "train killed in a later epoch",
)


@campaign([fault for job in JOBS for fault in stages(job)], QUICK)
def test_a_killed_job(fault, broken, expected, record):
    assert_recovers(fault, broken, expected, record)


@campaign(TRAININGS, QUICK)
def test_a_killed_training(fault, broken, expected, record):
    assert_recovers(fault, broken, expected, record)
