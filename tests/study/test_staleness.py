import copy
import shutil
from pathlib import Path

import pytest

from spikemeter.datasets.registry import DATASETS
from spikemeter.engines.registry import ENGINES
from spikemeter.networks.encodings.registry import ENCODINGS
from spikemeter.study.checks import check_config
from spikemeter.study.plan import Plan
from spikemeter.study.staleness import canonical, code, digest, file_digest
from spikemeter.study.strict_yaml import read_yaml

ROOT = Path(__file__).parents[2]

MODULES = {
    "job.py": "from library.first import work\n\nwork(1)\n",
    "library/__init__.py": "",
    "library/first.py": (
        "from library.inner import deep\n\ndef work(n):\n    return deep.value * n\n"
    ),
    "library/inner/__init__.py": "SIZE = 3\n",
    "library/inner/deep.py": "from . import SIZE\nfrom ..late import x\nvalue = 2\n",
    "library/late.py": "def x():\n    import library.latest\n",
    "library/latest.py": "import json\n",
    "library/unused.py": "value = 1\n",
}
USED = sorted(set(MODULES) - {"library/unused.py"})


@pytest.fixture
def digests(tmp_path):
    """Write the modules, some of them changed, and return the digests of job.py."""

    def write(**changed):
        # Digests are kept for the life of a process, by path: a new folder each time.
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        changed = {name.replace("__", "/") + ".py": t for name, t in changed.items()}
        for name, text in (MODULES | changed).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        return code(folder, "job.py")

    return write


def test_imports_are_followed_packages_included(digests):
    assert list(digests()) == USED


@pytest.mark.parametrize(
    "text",
    [
        "# why\nfrom library.inner import deep\ndef work(n):  # so\n"
        "    return deep.value * n\n",
        '"""Doc."""\nfrom library.inner import deep\n\n\ndef work(n):\n'
        '    """Text."""\n    return (deep.value\n            * n)\n',
    ],
)
def test_comments_docstrings_and_layout_do_not_count(digests, text):
    assert digests(library__first=text) == digests()


@pytest.mark.parametrize(
    ("changed", "module"),
    [
        ({"job": MODULES["job.py"].replace("1", "2")}, "job.py"),
        (
            {"library__first": MODULES["library/first.py"].replace("*", "+")},
            "library/first.py",
        ),
        (
            {"library__inner__deep": MODULES["library/inner/deep.py"] + "value += 1"},
            "library/inner/deep.py",
        ),
        ({"library__latest": "import json as j\n"}, "library/latest.py"),
    ],
)
def test_code_counts_wherever_it_stands(digests, changed, module):
    before, after = digests(), digests(**changed)
    assert [name for name in USED if before[name] != after[name]] == [module]


def test_modules_that_are_not_imported_do_not_count(digests):
    assert digests(library__unused="value = 2\n") == digests()


def test_a_text_that_is_a_value_counts(digests):
    one = "def x():\n    import library.latest\n    name = 'a'\n"
    assert digests(library__late=one) != digests(
        library__late=one.replace("'a'", "'b'")
    )


def test_digest_ignores_the_order_of_keys_only():
    one, other = (
        {"a": 1, "b": {"c": [1, 2], "d": None}},
        {
            "b": {"d": None, "c": [1, 2]},
            "a": 1,
        },
    )
    assert digest(one) == digest(other)
    assert repr(canonical(one)) == repr(canonical(other))
    assert digest([1, 2]) != digest([2, 1])
    assert digest({"a": 1}) != digest({"a": 1.5}) != digest({"a": None})
    assert canonical({"a": (1, (2,))}) == {"a": [1, [2]]}


SCRIPTS = ROOT / "workflow_scripts"
# Loaded when asked for, or compiled: what gives the numbers all the same.
COMPUTING = sorted(
    path.relative_to(SCRIPTS).as_posix()
    for pattern in (
        *("engines/*.py", "engines/cpu/*.py", "engines/cuda/*.py"),
        *("networks/encodings/rate_compiled.py", "threads.py"),
    )
    for path in SCRIPTS.glob(f"spikemeter/{pattern}")
    if path.name != "registry.py"
)


@pytest.mark.parametrize("script", ["train.py", "test.py"])
def test_every_file_of_every_engine_counts(tmp_path, script):
    assert len(COMPUTING) > 20
    shutil.copytree(SCRIPTS, tmp_path, dirs_exist_ok=True)
    for name in COMPUTING:
        with (tmp_path / name).open("a") as file:
            file.write("\nADDED = 1\n")
    entries = [ENCODINGS.module("rate"), *map(ENGINES.module, ENGINES)]
    before, after = (code(folder, script, *entries) for folder in (SCRIPTS, tmp_path))
    assert [name for name in after if before[name] != after[name]] == COMPUTING


# --- The plan: what a change of the config makes anew --------------------------------


@pytest.fixture(scope="module")
def base():
    return read_yaml(ROOT / "config.yaml")


def artifacts(values):
    """Return the params of everything the study makes, by name."""
    plan = Plan(check_config(values), ROOT)
    made = {f"fetch {name}": plan.fetch(name) for name in DATASETS}
    made |= {f"prepare {name}": plan.prepare(name) for name in plan.study.inputs}
    for name in plan.networks():
        made[f"train {name}"] = plan.train(name)
        made[f"test {name}"] = plan.test(name)
    made |= {name: plan.figure(name) for name in plan.figures()}
    return made | {"tables": plan.tables(), "claims": plan.claims()}


def changes(base, *edits):
    """Return what is made anew when settings, given as (*path, value), change."""
    edited = copy.deepcopy(base)
    for *path, key, value in edits:
        block = edited
        for part in path:
            block = block.setdefault(part, {})
        block[key] = value
    before, after = artifacts(base), artifacts(edited)
    assert before.keys() == after.keys()
    return {name for name in before if repr(before[name]) != repr(after[name])}


def drawn(experiment):
    return {f"experiment{experiment}", f"anytime{experiment}"}


def runs(*networks):
    return {f"{job} {name}" for name in networks for job in ("train", "test")}


SNNS = ("exp1_snn", "exp2_snn", "exp3_snn_mnist", "exp3_snn_nmnist")
ALL = (*SNNS, "exp1_ann", "exp2_cnn")
CURVES = {*drawn(1), *drawn(2), *drawn(3)}
OF_INPUTS = {"examples", "saccades"}
DRAWINGS = {
    *("neuron", "unrolled_forward", "unrolled_backward"),
    *(f"architecture_{name}" for name in ALL),
}
# What shows every network.
REPORT = {"tables", "claims", "energy"}


def test_the_same_config_gives_the_same_params(base):
    assert changes(base) == set()
    reordered = {
        key: dict(reversed(block.items())) if key == "training" else block
        for key, block in reversed(base.items())
    }
    before, after = artifacts(base), artifacts(reordered)
    assert all(repr(before[name]) == repr(after[name]) for name in before)


def test_beta_of_one_network(base):
    edit = ("networks", "exp2_snn", "beta", 0.7)
    assert changes(base, edit) == {*runs("exp2_snn"), *REPORT, *drawn(2)}


def test_a_default_reaches_those_who_use_it(base):
    made = changes(base, ("training", "beta", 0.7))
    assert made == {*runs(*SNNS), *REPORT, *CURVES}
    own = [("networks", name, "beta", 0.8) for name in SNNS]
    assert changes(base, ("training", "beta", 0.7), *own) == set()


def test_learning_rate_trains_everything_anew(base):
    made = changes(base, ("training", "learning_rate", 0.01))
    assert made == {*runs(*ALL), *REPORT, *CURVES}


def test_batch_size_trains_anew_what_does_not_set_its_own(base):
    made = changes(base, ("training", "batch_size", 64))
    own = {name for name in ALL if "batch_size" in base["networks"][name]}
    assert own == {"exp2_cnn", "exp2_snn"}
    others = sorted(set(ALL) - own)
    assert made == {*runs(*others), *REPORT, *drawn(1), *drawn(3)}


def test_resolution_draws_figures_only(base):
    made = changes(base, ("figures", "dpi", 100))
    assert made == {*CURVES, "energy", *OF_INPUTS, *DRAWINGS}


def test_source_of_a_data_set(base):
    made = changes(base, ("data", "nmnist", "source", "official"))
    nmnist = {"fetch nmnist", "prepare nmnist", *runs("exp3_snn_nmnist")}
    assert made == {*nmnist, *REPORT, *drawn(3), "saccades"}


def test_an_input(base):
    made = changes(base, ("inputs", "mnist32", "train_samples", 1000))
    assert made == {"prepare mnist32", *runs("exp3_snn_mnist"), *REPORT, *drawn(3)}


def test_a_label_or_comparison_trains_nothing(base):
    made = changes(base, ("networks", "exp1_snn", "label", "Spiking"))
    assert made == {*REPORT, *drawn(1), "architecture_exp1_snn"}
    made = changes(base, ("networks", "exp1_snn", "compare_to", None))
    assert made == {*REPORT, *drawn(1)}
    made = changes(base, ("experiments", "1", "compare_to", None))
    assert made == {*REPORT, *drawn(1)}


def test_a_title_or_a_published_row_trains_nothing(base):
    titled = changes(base, ("experiments", "1", "title", "Digits"))
    layers = {"architecture_exp1_ann", "architecture_exp1_snn"}
    assert titled == {*REPORT, *drawn(1), *layers}
    edit = ("networks", "exp1_snn", "published", None)
    assert changes(base, edit) == {*REPORT, *drawn(1)}


def test_seeds_reach_the_report_only(base):
    # A run's seed is in its path: further seeds are further runs.
    assert changes(base, ("seeds", [0, 1])) == {*REPORT, *CURVES}


def test_meter_settings_reach_what_they_meter(base):
    tests = {f"test {name}" for name in ALL}
    assert changes(base, ("meter", "test_min_s", 5.0)) == {*tests, *REPORT, *CURVES}
    made = changes(base, ("meter", "baseline_s", 1.0))
    assert made == {*runs(*ALL), *REPORT, *CURVES}


def test_a_disabled_network_changes_the_report_only(base):
    fewer = copy.deepcopy(base)
    fewer["networks"]["exp3_snn_nmnist"]["enabled"] = False
    before, after = artifacts(base), artifacts(fewer)
    changed = {n for n in after if repr(before[n]) != repr(after[n])}
    assert changed == {*REPORT, *drawn(3)}


def enabling(base, *names):
    """Return a config in which these experiments run."""
    experiments = {
        name: entry | {"enabled": name in names}
        for name, entry in base["experiments"].items()
    }
    return base | {"experiments": experiments}


@pytest.mark.parametrize("experiments", ["1", "32", "4123"])
def test_other_experiments_change_the_report_only(base, experiments):
    before, after = artifacts(base), artifacts(enabling(base, *experiments))
    kept = before.keys() & after.keys()
    changed = {name for name in kept if repr(before[name]) != repr(after[name])}
    # The examples are those of the data sets that are still used.
    assert changed - {"examples"} == REPORT
    assert ("train exp4_snn_delta" in after) == ("4" in experiments)


def test_the_order_of_experiments_does_not_matter(base):
    turned = dict(reversed(base["experiments"].items()))
    assert changes(base, ("experiments", turned)) == set()


def test_a_figure_over_time_steps_needs_a_network_that_spikes(base):
    plain = copy.deepcopy(enabling(base, "1", "3"))
    plain["networks"]["exp1_snn"]["enabled"] = False
    plan = Plan(check_config(plain), ROOT)
    assert plan.experiments() == ["1", "3"]
    assert plan.spiking_experiments() == ["3"]


def test_the_order_of_networks_is_that_of_the_tables(base):
    turned = base | {"networks": dict(reversed(base["networks"].items()))}
    before, after = artifacts(base), artifacts(turned)
    changed = {name for name in before if repr(before[name]) != repr(after[name])}
    assert changed == {*REPORT, *CURVES}


def test_file_digest(tmp_path):
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_bytes(b"x")
    second.write_bytes(b"y")
    assert file_digest(first) != file_digest(second)
    assert len(file_digest(first)) == 12


# --- Figures: each one depends on its own module, not on those of others --------------

FIGURE_MODULES = {
    "curves.py": {"experiment1", "experiment2", "experiment3"},
    "anytime_curves.py": {"anytime1", "anytime2", "anytime3"},
    "energy_fronts.py": {"energy"},
    "image_examples.py": {"examples"},
    "event_panels.py": {"saccades"},
    "first_samples.py": {"examples", "saccades"},
    "neuron_sketch.py": {"neuron"},
    "unrolled.py": {"unrolled_backward", "unrolled_forward"},
    "registry.py": set(),
}


@pytest.fixture(scope="module")
def drawn_before(base):
    return figures_of(base, ROOT)


def figures_of(values, root):
    plan = Plan(check_config(values), root)
    return {name: plan.figure(name) for name in plan.figures()} | {
        "report": plan.report()
    }


@pytest.mark.parametrize(("module", "figures"), FIGURE_MODULES.items())
def test_a_changed_figure_is_drawn_again_alone(
    base, drawn_before, tmp_path, module, figures
):
    shutil.copytree(SCRIPTS, tmp_path / "workflow_scripts")
    (tmp_path / "resources").symlink_to(ROOT / "resources")
    path = f"workflow_scripts/spikemeter/report/figures/{module}"
    with (tmp_path / path).open("a") as file:
        file.write("\nADDED = 1\n")
    after = figures_of(base, tmp_path)
    differ = {n for n in after if repr(after[n]) != repr(drawn_before[n])}
    assert differ == figures | ({"report"} if figures else set())


@pytest.mark.parametrize(
    ("resource", "figures"),
    [
        ("chips", {"energy", "anytime1", "anytime2", "anytime3"}),
        ("published", {"energy"}),
    ],
)
def test_figures_depend_on_the_resources_that_they_read(
    drawn_before, resource, figures
):
    read = {n for n, params in drawn_before.items() if resource in params["spec"]}
    assert read == figures | {"report"}


# --- Data sets: each one's module reruns what is made from it, and nothing else -------

MNIST_INPUTS = {"prepare mnist28", "prepare mnist32"}
DATASET_MODULES = {
    "mnist.py": {"fetch mnist", *MNIST_INPUTS},
    "idx_files.py": {"fetch mnist", *MNIST_INPUTS},
    "cifar10.py": {"prepare cifar10"},
    "samples/colours.py": {"fetch cifar10", "prepare cifar10"},
    "nmnist.py": {"prepare nmnist"},
    "recordings.py": {"prepare nmnist"},
    "samples/saccades.py": {"fetch nmnist", "prepare nmnist"},
    "kinds/images.py": {*MNIST_INPUTS, "prepare cifar10"},
    "kinds/events.py": {"prepare nmnist"},
    "registry.py": set(),
    "kinds/registry.py": set(),
}


def data_of(values, root):
    """Return the params of every job that makes data."""
    plan = Plan(check_config(values), root)
    fetched = {f"fetch {name}": plan.fetch(name) for name in DATASETS}
    return fetched | {f"prepare {n}": plan.prepare(n) for n in plan.study.inputs}


@pytest.mark.parametrize(("module", "jobs"), DATASET_MODULES.items())
def test_a_changed_data_set_is_made_again_with_its_inputs(base, tmp_path, module, jobs):
    shutil.copytree(SCRIPTS, tmp_path / "workflow_scripts")
    (tmp_path / "resources").symlink_to(ROOT / "resources")
    with (tmp_path / "workflow_scripts/spikemeter/datasets" / module).open("a") as file:
        file.write("\nADDED = 1\n")
    before, after = data_of(base, ROOT), data_of(base, tmp_path)
    differ = {name for name in after if after[name]["key"] != before[name]["key"]}
    assert differ == jobs
