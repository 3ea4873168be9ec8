"""What the machine does to numbers: no memory, weights that overflow, clocks."""

from tests.faults.causes import PASS, at, raises
from tests.faults.damage import without
from tests.faults.fault import Fault, campaign
from tests.faults.places import NOTE, STATE, SUMMARY, TRAINED
from tests.faults.procedure import assert_recovers


def training(title, found, *causes, left=(), **more):
    """A fault of the training of the spiking network."""
    said = (
        found
        if more.get("succeeds")
        else f"train: {found}  (details: results/logs/train/NETWORK/seed0.log)"
    )
    return Fault(title, SUMMARY, said, left, missing=TRAINED, causes=causes, **more)


MEMORY = (
    "the memory does not hold a batch of 16 samples: lower the network's batch_size in "
    "config.yaml ({})"
).format
WEIGHTS = (
    "layers.0.weight adds up to {} but must be finite; lower learning_rate in "
    "config.yaml"
).format
LEARN = "spikemeter.training.model:Model.learn"
CUDA = "CUDA out of memory. Tried to allocate 2.00 GiB."
CPU = "DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 GB"
YEAR_S = 365 * 86400


def no_memory(title, error, *text):
    return training(
        title,
        MEMORY(*text or [error.partition(":")[2]]),
        raises("train", LEARN, error, *text, call=5),  # in the second epoch
        left=(NOTE, STATE),
    )


def poisoned(title, value):
    return training(
        title,
        WEIGHTS(value),
        at("train", PASS, call=3, do="poison", value=value),
        left=(NOTE, STATE),
        remedy="lower learning_rate",
    )


def jump(title, seconds):
    return training(
        title,
        "nothing",
        at("train", PASS, call=3, do="clock", seconds=seconds),
        succeeds=True,
    )


NUMBERS = (
    poisoned("the weights become NaN", "nan"),
    poisoned("the weights become infinite", "inf"),
    no_memory("GPU out of memory", "torch:OutOfMemoryError", CUDA),
    no_memory("out of memory without a word", "builtins:MemoryError"),
    no_memory("processor out of memory", "builtins:RuntimeError", CPU),
    jump("the clock jumps a year ahead", YEAR_S),
    jump("the clock jumps a year back", -YEAR_S),
)


@campaign(NUMBERS, quick=["the weights become NaN"])
def test_machine(fault, broken, expected, record):
    assert_recovers(fault, broken, expected, record)


@campaign([training("no compiler on this machine", "nothing", succeeds=True)])
def test_no_compiler(fault, broken, expected, record, tmp_path):
    compilers = ("cc", "c++", "gcc", "g++", "clang", "clang++", "nvcc", "ld", "as")
    path = without(tmp_path / "bin", *compilers)
    fault.environment["PATH"] = path
    assert_recovers(fault, broken, expected, record)
