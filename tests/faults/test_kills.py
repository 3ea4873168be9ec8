"""Jobs that are killed: kill -9, as by the system when memory runs out."""

import re

from spikemeter.datasets.registry import DATASETS
from spikemeter.training.randomness import derive_key
from tests.faults.causes import CHECKPOINT, FILE, JOB, PASS, at
from tests.faults.fault import KILLED, Fault, campaign
from tests.faults.places import DATA, LOCK, NOTE, RUN, STATE, TESTED, TRAINED

TABLES = [
    f"results/tables/{table}.{kind}"
    for table in ("training", "test", "ratios", "activity")
    for kind in ("csv", "tex")
]


def of_ann(*names):
    """Return the files of the spiking network as those of the one that trains first."""
    return tuple(name.replace("/snn/", "/ann/") for name in names)


# The outputs of each rule, the first written first.
JOBS = {
    **{
        f"fetch_{name}": tuple(
            f"{DATA}/{name}/raw/{file}"
            for file in (*DATASETS[name].raw_files, "source.json")
        )
        for name in ("mnist", "cifar10", "nmnist")
    },
    **{
        f"prepare[{name}]": (f"{DATA}/{name}.npz", f"{DATA}/{name}.json")
        for name in ("digits", "events")
    },
    "train": of_ann(*TRAINED),
    "test": of_ann(*TESTED),
    "tables": (*TABLES, "results/tables.md"),
    **{
        f"figure {name}": tuple(
            f"results/figures/{name}.{kind}" for kind in ("svg", "pdf", "png")
        )
        for name in (
            *("experiment1", "examples", "saccades", "neuron"),
            *("unrolled_forward", "architecture_snn"),
        )
    },
}
# What a job leaves beside its outputs on purpose.
KEEPS = {"train": of_ann(LOCK, STATE, NOTE), "test": of_ann(LOCK)}


def killed(rule, stage, outputs, left, cause):
    """A job that is killed at a stage; its last output is asked for."""
    title = f"{rule} killed {stage}"
    return Fault(title, outputs[-1], KILLED, left, missing=outputs, causes=(cause,))


def stages(rule, outputs):
    """Return a fault for each stage at which a job may be killed."""
    script = re.match("[a-z]+", rule)[0]
    first = outputs[0].rpartition("/")[2]
    stem, _, kind = first.partition(".")
    partial = outputs[0].replace(first, f".{stem}.*.partial.{kind}".rstrip("."))
    keeps = KEEPS.get(rule, ())
    writes = {"where": FILE, "match": first}
    for stage, left, cause in (
        ("before it begins", (), {"where": JOB}),
        (f"while it writes {first}", (partial, *keeps), writes | {"when": "inside"}),
        (f"after {first}, before the rest", keeps, writes | {"when": "after"}),
        ("after its last output", (), {"where": JOB, "when": "after"}),
    ):
        yield killed(rule, stage, outputs, left, at(script, **cause))


def in_training(stage, *left, **cause):
    """A training of the spiking network that is killed."""
    return killed("train", stage, TRAINED, (LOCK, *left), at("train", **cause))


# A pass over the samples is known by the key of its draw.
THIRD_DRAW = str(derive_key(0, "test", "draw", 3))

FAULTS = [
    killed(
        *("test", "in its third draw of the rate code", TESTED, (LOCK,)),
        at("test", where=PASS, match=THIRD_DRAW, when="after"),
    ),
    *(fault for job in JOBS.items() for fault in stages(*job)),
    in_training("in its first epoch", NOTE, where=PASS, when="after"),
    in_training("in a later epoch", STATE, NOTE, where=PASS, call=3, when="after"),
    in_training(
        "while it saves its first checkpoint",
        *(NOTE, f"{RUN}/resume/.state.*.partial.pt"),
        where=FILE,
        match="state.pt",
        when="inside",
    ),
    in_training("after a checkpoint", STATE, NOTE, where=CHECKPOINT, when="after"),
    in_training(
        "after its last output, before it removes its checkpoint",
        *(STATE, NOTE),
        where=FILE,
        match="train.json",
        when="after",
    ),
]


@campaign(FAULTS)
def test_a_killed_job(fault, recover):
    recover(fault)
