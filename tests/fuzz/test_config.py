"""Whatever is written in a config: what cannot be is refused, with its key path.

What cannot be is told here by rules of their own, not by the models.
"""

import copy
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume
from hypothesis import strategies as st

from spikemeter.report.literal import find_unshown
from spikemeter.study.checks import check_config
from spikemeter.study.strict_yaml import ConfigError, read_yaml
from tests.fuzz.refusals import assert_readable, refuses
from tests.fuzz.values import KEYS, VALUES, nested

ROOT = Path(__file__).parents[2]
BASES = [
    read_yaml(ROOT / "config.yaml"),
    read_yaml(ROOT / "tests/workflow/study.yaml"),
]


def whole(low, high, null=False):
    def good(value):
        if value is None:
            return null
        number = type(value) is int or (type(value) is float and value.is_integer())
        return number and low <= value <= high

    return good


def real(low, high, above=False, below=False):
    def good(value):
        if type(value) not in (int, float) or not low <= value <= high:
            return False
        return not (above and value == low) and not (below and value == high)

    return good


def word(*allowed):
    return lambda value: type(value) is str and value in allowed


def seeds(value):
    each = whole(0, 2**32 - 1)
    if type(value) is not list or not value or not all(map(each, value)):
        return False
    return len(set(value)) == len(value)


def name_of_experiment(value):
    if type(value) is float and value.is_integer():
        value = int(value)
    text = str(value) if type(value) is int else value
    return type(text) is str and re.fullmatch("[a-z0-9][a-z0-9_]*", text) is not None


def experiments(value):
    """Tell of a list; of a block, each of its keys is a leaf."""
    if type(value) is not list or not value or not all(map(name_of_experiment, value)):
        return False
    names = [str(int(v) if type(v) is float else v) for v in value]
    return len(set(names)) == len(names) and set(names) <= {"1", "2", "3", "4"}


def line(longest):
    return lambda value: (
        type(value) is str
        and 1 <= len(value) <= longest
        and not any(unicodedata.category(c) in CONTROLS for c in value)
        and not find_unshown(unicodedata.normalize("NFC", value))
    )


CONTROLS = ("Cc", "Cs", "Zl", "Zp")
ENGINES = ("auto", "snntorch", "events", "scan", "scan_tf32", "scan_bf16")
BATCH, RATE = whole(1, 10**6), real(0, 10, above=True)
BETA, THRESHOLD = real(0, 1), real(0, 10**6, above=True)
# Of each key that stands by itself, what is good.
ALONE = {
    "seeds": seeds,
    "cpu_threads": whole(1, 4096, null=True),
    "training.batch_size": BATCH,
    "training.learning_rate": RATE,
    "training.validation_fraction": real(0, 1, above=True, below=True),
    "training.beta": BETA,
    "training.threshold": THRESHOLD,
    "training.reset": word("subtract", "zero"),
    "training.surrogate": word("atan", "atan_paper", "sigmoid", "fast_sigmoid"),
    "meter.interval_ms": whole(10, 1000),
    "meter.baseline_s": real(0, 600),
    "meter.test_min_s": real(1, 3600),
    "meter.test_max_passes": whole(1, 10_000),
    "figures.dpi": whole(50, 1200),
}
# Of the keys of a network or input, what may be good: it depends on the others.
NETWORK = {
    "epochs": whole(1, 10**5),
    "batch_size": BATCH,
    "learning_rate": RATE,
    "beta": BETA,
    "threshold": THRESHOLD,
    "steps": whole(1, 10**4),
    "enabled": lambda value: type(value) is bool,
    "experiment": name_of_experiment,
    "padding": word("valid", "same"),
    "neuron": word("relu", "lif"),
    "encoding": word("rate", "latency", "direct", "delta"),
    "loss": word("cross_entropy", "mse_count"),
    "engine": word(*ENGINES),
    "label": line(40),
    "published": lambda value: (
        value is None
        or (type(value) is str and re.fullmatch("[a-z0-9_]+/[a-z0-9_]+", value))
    ),
    "also_on": lambda value: (
        type(value) is list
        and all(map(word(*ENGINES[1:]), value))
        and len(set(value)) == len(value)
    ),
    "layers": lambda value: (
        type(value) is str and re.fullmatch("[0-9CP-]*10", value) is not None
    ),
}
SAMPLES = whole(10, 10**6, null=True)
INPUT = {
    "dataset": word("mnist", "cifar10", "nmnist"),
    "size": whole(1, 256),
    "train_samples": SAMPLES,
    "test_samples": SAMPLES,
    "denoise_us": whole(0, 10**6),
    "window_us": whole(1, 10**6),
    "steps": whole(1, 65_535),
}
SOURCE = {
    "source": word("sample", "npm", "official", "directory"),
    "directory": lambda value: value is None or (type(value) is str and value != ""),
    "allow_http": lambda value: type(value) is bool,
    "mirrors": lambda value: (
        type(value) is list and all(type(entry) is str for entry in value)
    ),
}
REQUIRED = {"network": ("experiment", "label", "input", "layers", "neuron", "epochs")}


def leaves(base):
    """Yield key paths and what is good there, of networks that run."""
    yield from ALONE.items()
    for name in base["experiments"]:
        yield f"experiments.{name}.title", line(200)
        yield f"experiments.{name}.enabled", lambda value: type(value) is bool
    for name, entry in base["networks"].items():
        experiment = base["experiments"][str(entry["experiment"])]
        if entry.get("enabled", True) and experiment.get("enabled", True):
            yield from ((f"networks.{name}.{key}", g) for key, g in NETWORK.items())
            names = word(*base["inputs"])
            yield f"networks.{name}.input", names
            others = word(*(other for other in base["networks"] if other != name))
            yield f"networks.{name}.compare_to", lambda v, g=others: v is None or g(v)
    for name in base["inputs"]:
        yield from ((f"inputs.{name}.{key}", good) for key, good in INPUT.items())
    for name in ("mnist", "cifar10", "nmnist"):
        yield from ((f"data.{name}.{key}", good) for key, good in SOURCE.items())


LEAVES = [list(leaves(base)) for base in BASES]


def put(values, path, value):
    *blocks, key = path.split(".")
    for block in blocks:
        values = values.setdefault(block, {})
    values[key] = value


def refusal(values):
    with pytest.raises(ConfigError) as caught:
        check_config(values)
    message = str(caught.value)
    assert_readable(message)
    return message


def near_misses(path):
    """Values that almost are what stands there."""
    return st.sampled_from([path, path.upper(), [path], {path: 1}, {path: None}])


@st.composite
def edits(draw):
    number = draw(st.integers(0, 1))
    found = []
    for path, good in draw(
        st.lists(
            st.sampled_from(LEAVES[number]),
            min_size=1,
            max_size=3,
            unique_by=lambda leaf: leaf[0],
        )
    ):
        key = path.rpartition(".")[2]
        found.append((path, good, draw(VALUES | near_misses(key))))
    return number, found


@refuses(450, of=500, edit=edits())
def test_a_value_that_cannot_be_is_refused_with_its_key_path(edit):
    number, changes = edit
    broken = [path for path, good, value in changes if not good(value)]
    assume(broken)
    values = copy.deepcopy(BASES[number])
    for path, _, value in changes:
        put(values, path, value)
    lines = refusal(values).split("\n")
    # What fits no schema is told before what fits no other setting.
    assert any(line.startswith(path) for line in lines for path in broken)
    if len(changes) == 1:
        assert all(line.startswith(broken[0]) for line in lines)
    return True


LIMITS = {0, 1, 10, 40, 50, 100, 256, 600, 1000, 1200, 3600, 4096}
LIMITS |= {10**4, 65_535, 10**5, 10**6, 2**32 - 1}
BESIDE: list[Any] = [
    value
    for limit in sorted(LIMITS)
    for value in (limit - 1, limit + 1, limit * (1 + 1e-9))
]
WORDS = ["auto", "zero", "atan", "lif", "valid", "rate", "mse_count", "mnist", "sample"]
BESIDE += [
    word + end for word in [*WORDS, "a"] for end in ("", "\n", " ", "|", "\ud800")
]
BESIDE += [word.upper() for word in WORDS] + ["x" * 41, [], {}, None, True, 28.5, "28"]


def test_what_is_just_beside_the_limits_is_refused():
    refused = 0
    for path, good in ALONE.items():
        for value in filter(good, BESIDE):
            values = copy.deepcopy(BASES[1])
            put(values, path, value)
            assert check_config(values)
    chosen = {path.split(".")[-1]: (path, good) for path, good in LEAVES[1]}
    for path, good in [*ALONE.items(), *chosen.values()]:
        for value in BESIDE:
            if not good(value):
                values = copy.deepcopy(BASES[1])
                put(values, path, value)
                assert refusal(values).startswith(path)
                refused += 1
    assert refused >= 2000


BLOCKS = ["data", "inputs", "networks", "training", "meter", "figures", "data.mnist"]
BLOCKS += ["inputs.{0}", "networks.{1}", "experiments.1"]
KNOWN = {key for base in BASES for key in base} | {"meter", "figures"}


def broken_structures(base):
    """Return a strategy of (kind, key path, value)."""
    names = next(iter(base["inputs"])), next(iter(base["networks"]))
    blocks = [block.format(*names) for block in BLOCKS]
    fixed = [block for block in blocks if block not in ("inputs", "networks")]
    required = [f"networks.{names[1]}.{key}" for key in REQUIRED["network"]]
    required += [f"inputs.{names[0]}.dataset", "inputs", "networks"]
    no_block = VALUES.filter(lambda value: not isinstance(value, dict))
    strange = st.sampled_from(
        ["betta", "épochs", "Epochs", "epochs ", "a.b", "", "\n", "\x1b", "\u2028"]
    )
    return st.one_of(
        st.tuples(st.just("block"), st.sampled_from(blocks), no_block),
        st.tuples(st.just("absent"), st.sampled_from(required), st.none()),
        st.tuples(st.just("key"), st.sampled_from(fixed), strange | KEYS),
        st.tuples(st.just("key"), st.just(""), strange | KEYS),
        st.tuples(
            st.just("name"), st.sampled_from(["inputs", "networks"]), strange | KEYS
        ),
        st.tuples(
            st.just("deep"), st.sampled_from(blocks), st.integers(4, 300).map(nested)
        ),
    )


@refuses(300, of=350, number=st.integers(0, 1), draw=st.data())
def test_a_structure_that_cannot_be_is_refused_with_its_key_path(number, draw):
    base = copy.deepcopy(BASES[number])
    kind, path, value = draw.draw(broken_structures(base))
    block = base
    *outer, last = path.split(".") if path else [None]
    for key in outer:
        block = block[key]
    if kind == "block":
        block[last] = value
    elif kind == "absent":
        del block[last]
        path = ".".join(outer) or "the config"
    elif kind == "deep":
        block.setdefault(last, {})["extra"] = value
    elif kind == "name":
        good = isinstance(value, str) and re.fullmatch("[a-z][a-z0-9_]*", value)
        assume(not good)
        block[last][value] = dict(next(iter(block[last].values())))
    else:
        known = {*NETWORK, *INPUT, *SOURCE, *KNOWN, "input", "compare_to"}
        known |= {leaf.rpartition(".")[2] for leaf in ALONE} | {"title"}
        assume(value not in known | {"mnist", "cifar10", "nmnist"})
        (block if last is None else block.setdefault(last, {}))[value] = 1
    assert path in refusal(base)
    return True


@refuses(180, of=200, value=st.lists(VALUES, max_size=3))
def test_a_selection_that_cannot_be_is_refused_with_its_place(value):
    assume(not experiments(value))
    values = copy.deepcopy(BASES[0])
    known = values["experiments"]
    with pytest.raises(ConfigError) as caught:
        check_config(values | {"experiments": value}, known)
    assert_readable(str(caught.value))
    assert str(caught.value).startswith("experiments")
    return True
