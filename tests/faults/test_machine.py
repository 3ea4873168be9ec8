"""What the machine does to numbers: no memory, weights that overflow, clocks."""

from dataclasses import replace

from tests.faults.causes import PASS, at, raises
from tests.faults.damage import without
from tests.faults.fault import Fault, campaign
from tests.faults.places import NOTE, STATE, SUMMARY, TRAINED, said_by

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


def stops(title, found, cause, **more):
    """A training that fails in its second epoch."""
    said, left = said_by("train", found), (NOTE, STATE)
    return Fault(title, SUMMARY, said, left, TRAINED, (cause,), **more)


def no_memory(title, error, *text):
    found = MEMORY(*text or [error.partition(":")[2]])
    return stops(title, found, raises("train", LEARN, error, *text, call=5))


def poisoned(title, value):
    cause = at("train", PASS, call=3, do="poison", value=value)
    return stops(title, WEIGHTS(value), cause, remedy="lower learning_rate")


def goes_on(title, *causes):
    return Fault(
        title, SUMMARY, "nothing", missing=TRAINED, causes=causes, succeeds=True
    )


def jump(title, seconds):
    return goes_on(title, at("train", PASS, call=3, do="clock", seconds=seconds))


NUMBERS = (
    poisoned("the weights become NaN", "nan"),
    poisoned("the weights become infinite", "inf"),
    no_memory("GPU out of memory", "torch:OutOfMemoryError", CUDA),
    no_memory("out of memory without a word", "builtins:MemoryError"),
    no_memory("processor out of memory", "builtins:RuntimeError", CPU),
    jump("the clock jumps a year ahead", YEAR_S),
    jump("the clock jumps a year back", -YEAR_S),
)

HOMELESS = Fault(
    "a HOME that cannot be written",
    SUMMARY,
    "FileNotFoundError: [Errno 2] No such file or directory: '/proc/.cache'",
    missing=TRAINED,
    environment={"HOME": "/proc"},
    remedy="set HOME",
)


@campaign([HOMELESS])
def test_home(fault, recover):
    recover(fault)


@campaign(NUMBERS)
def test_machine(fault, recover):
    recover(fault)


@campaign([goes_on("no compiler on this machine")])
def test_no_compiler(fault, recover, tmp_path):
    compilers = ("cc", "c++", "gcc", "g++", "clang", "clang++", "nvcc", "ld", "as")
    path = without(tmp_path / "bin", *compilers)
    recover(replace(fault, environment={"PATH": path}))
