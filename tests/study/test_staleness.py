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
        *("networks/encodings/rate_words.py", "threads.py"),
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


def test_file_digest(tmp_path):
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_bytes(b"x")
    second.write_bytes(b"y")
    assert file_digest(first) != file_digest(second)
    assert len(file_digest(first)) == 12


# --- The plan: what a change makes again ---------------------------------------------


@pytest.fixture(scope="module")
def base():
    return read_yaml(ROOT / "config.yaml")


def jobs(values, root=ROOT):
    """Return the params of all jobs that compute, by name."""
    plan = Plan(check_config(values), root)
    found = {f"fetch {name}": plan.fetch(name) for name in DATASETS}
    found |= {f"prepare {name}": plan.prepare(name) for name in plan.study.inputs}
    for name in plan.networks():
        found[f"train {name}"] = plan.train(name)
        found[f"test {name}"] = plan.test(name, 0)
    return found


def figures(values, root=ROOT):
    """Return the params of all figures, and of the page, which shows them."""
    plan = Plan(check_config(values), root)
    found = {name: plan.figure(name) for name in plan.figures()}
    return found | {"report": plan.report()}


def artifacts(values):
    """Return the params of what the study makes, but for the page, by name."""
    plan = Plan(check_config(values), ROOT)
    found = jobs(values) | figures(values)
    del found["report"]
    return found | {"tables": plan.tables(), "claims": plan.claims()}


def differing(before, after):
    common = before.keys() & after.keys()
    return {name for name in common if repr(before[name]) != repr(after[name])}


def changes(base, edits):
    """Return what is made again when settings, by their paths, change."""
    edited = copy.deepcopy(base)
    for path, value in edits.items():
        *blocks, key = path.split(".")
        block = edited
        for part in blocks:
            block = block[part]
        block[key] = value
    return differing(artifacts(base), artifacts(edited))


def drawn(experiment):
    return {f"experiment{experiment}", f"anytime{experiment}"}


def runs(*networks):
    return {f"{job} {name}" for name in networks for job in ("train", "test")}


LIF = {"exp1_snn", "exp2_snn", "exp3_snn_mnist", "exp3_snn_nmnist"}
RELU = {"exp1_ann", "exp2_cnn"}
ALL = LIF | RELU
CURVES = {*drawn(1), *drawn(2), *drawn(3)}
OF_INPUTS = {"examples", "saccades"}
DRAWINGS = {
    *("neuron", "unrolled_forward", "unrolled_backward"),
    *(f"architecture_{name}" for name in ALL),
}
# What shows every network.
REPORT = {"tables", "claims", "energy"}
NMNIST = {"fetch nmnist", "prepare nmnist", *runs("exp3_snn_nmnist")}
LAYERS = {"architecture_exp1_ann", "architecture_exp1_snn"}
CONFIG_CHANGES = [
    ({}, set()),
    ({"networks.exp2_snn.beta": 0.7}, {*runs("exp2_snn"), *REPORT, *drawn(2)}),
    ({"training.beta": 0.7}, {*runs(*LIF), *REPORT, *CURVES}),
    (
        {
            "training.beta": 0.7,
            **{f"networks.{name}.beta": 0.8 for name in sorted(LIF)},
        },
        set(),
    ),
    ({"training.learning_rate": 0.01}, {*runs(*ALL), *REPORT, *CURVES}),
    (  # experiment 2 sets its own
        {"training.batch_size": 64},
        {*runs(*(ALL - {"exp2_cnn", "exp2_snn"})), *REPORT, *drawn(1), *drawn(3)},
    ),
    ({"figures": {"dpi": 100}}, {*CURVES, "energy", *OF_INPUTS, *DRAWINGS}),
    (
        {"data.nmnist": {"source": "official"}},
        {*NMNIST, *REPORT, *drawn(3), "saccades"},
    ),
    (
        {"inputs.mnist32.train_samples": 1000},
        {"prepare mnist32", *runs("exp3_snn_mnist"), *REPORT, *drawn(3)},
    ),
    (
        {"networks.exp1_snn.label": "Spiking"},
        {*REPORT, *drawn(1), "architecture_exp1_snn"},
    ),
    ({"networks.exp1_snn.compare_to": None}, {*REPORT, *drawn(1)}),
    ({"experiments.1.compare_to": None}, {*REPORT, *drawn(1)}),
    ({"experiments.1.title": "Digits"}, {*REPORT, *drawn(1), *LAYERS}),
    ({"networks.exp1_snn.published": None}, {*REPORT, *drawn(1)}),
    # A run's seed is in its path: further seeds are further runs.
    ({"seeds": [0, 1]}, {*REPORT, *CURVES}),
    (
        {"meter": {"test_min_s": 5.0}},
        {*(f"test {name}" for name in ALL), *REPORT, *CURVES},
    ),
    ({"meter": {"baseline_s": 1.0}}, {*runs(*ALL), *REPORT, *CURVES}),
    ({"networks.exp3_snn_nmnist.enabled": False}, {*REPORT, *drawn(3)}),
]


@pytest.mark.parametrize(
    ("edits", "made"), CONFIG_CHANGES, ids=[str(edits) for edits, _ in CONFIG_CHANGES]
)
def test_a_changed_setting_makes_again_what_uses_it(base, edits, made):
    assert changes(base, edits) == made


def turned(block):
    return dict(reversed(block.items()))


def test_the_order_of_keys_does_not_matter_but_that_of_networks(base):
    again = {"experiments": turned(base["experiments"])}
    assert changes(base, again | {"training": turned(base["training"])}) == set()
    assert differing(artifacts(base), artifacts(turned(base))) == set()
    # The order of the networks is that of the tables' rows.
    rows = {"networks": turned(base["networks"])}
    assert changes(base, rows) == {*REPORT, *CURVES}


def enabling(base, *names):
    """Return a config in which these experiments run."""
    experiments = {
        name: entry | {"enabled": name in names}
        for name, entry in base["experiments"].items()
    }
    return base | {"experiments": experiments}


@pytest.mark.parametrize("experiments", ["1", "32", "4123"])
def test_other_experiments_change_the_report_only(base, experiments):
    after = artifacts(enabling(base, *experiments))
    # The examples are those of the data sets that are still used.
    assert differing(artifacts(base), after) - {"examples"} == REPORT
    assert ("train exp4_snn_delta" in after) == ("4" in experiments)


def test_a_figure_over_time_steps_needs_a_network_that_spikes(base):
    plain = copy.deepcopy(enabling(base, "1", "3"))
    plain["networks"]["exp1_snn"]["enabled"] = False
    plan = Plan(check_config(plain), ROOT)
    assert plan.experiments() == ["1", "3"]
    assert plan.experiments(spiking=True) == ["3"]


# --- Modules: each change reruns its users; one more entry of a registry, nothing -----


@pytest.fixture
def root(tmp_path):
    """Return a copy of the code; its resources are those of the repository."""
    shutil.copytree(SCRIPTS, tmp_path / "workflow_scripts")
    (tmp_path / "resources").symlink_to(ROOT / "resources")
    return tmp_path


def append(root, module):
    with (root / "workflow_scripts/spikemeter" / module).open("a") as file:
        file.write("\nADDED = 1\n")


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


@pytest.mark.parametrize(("module", "drawn_again"), FIGURE_MODULES.items())
def test_a_changed_figure_is_drawn_again_alone(base, root, module, drawn_again):
    append(root, f"report/figures/{module}")
    found = differing(figures(base), figures(base, root))
    assert found == drawn_again | ({"report"} if drawn_again else set())


@pytest.mark.parametrize(
    ("resource", "readers"),
    [
        ("chips", {"energy", "anytime1", "anytime2", "anytime3"}),
        ("published", {"energy"}),
    ],
)
def test_figures_depend_on_the_resources_that_they_read(base, resource, readers):
    read = {n for n, params in figures(base).items() if resource in params["spec"]}
    assert read == readers | {"report"}


MNIST = {"prepare mnist28", "prepare mnist32"}
MNIST |= runs("exp1_ann", "exp1_snn", "exp3_snn_mnist")
CIFAR10 = {"prepare cifar10", *runs("exp2_cnn", "exp2_snn")}
EVENTS = {"prepare nmnist", *runs("exp3_snn_nmnist")}
# What a change reruns apart from reports.
ENTRIES = {
    "datasets/mnist.py": {"fetch mnist", *MNIST},
    "datasets/cifar10.py": {"fetch cifar10", *CIFAR10},
    "datasets/nmnist.py": EVENTS,
    "datasets/kinds/images.py": {"fetch mnist", "fetch cifar10", *MNIST, *CIFAR10},
    "datasets/kinds/events.py": EVENTS,
    "networks/neurons/lif.py": runs(*LIF),
    "networks/neurons/relu.py": runs(*RELU),
    "networks/encodings/rate.py": runs(*(LIF - {"exp3_snn_nmnist"})),
    "networks/losses/cross_entropy.py": runs(*RELU),
    "networks/losses/mse_count.py": runs(*LIF),
    "engines/snntorch.py": runs("exp1_snn"),
    # What auto may be, on a CPU and on a GPU.
    "engines/events.py": runs(*(LIF - {"exp1_snn"})),
    "engines/scan.py": runs(*(LIF - {"exp1_snn"})),
}
OTHERS = {
    "datasets/samples/colours.py": {"fetch cifar10", *CIFAR10},
    "datasets/samples/saccades.py": {"fetch nmnist", *EVENTS},
}


@pytest.fixture(scope="module")
def engines(base):
    """Return the config with an engine for one network."""
    values = copy.deepcopy(base)
    values["networks"]["exp1_snn"]["engine"] = "snntorch"
    return values


@pytest.mark.parametrize(("module", "rerun"), (ENTRIES | OTHERS).items())
def test_a_changed_module_reruns_its_users(engines, root, module, rerun):
    append(root, module)
    assert differing(jobs(engines), jobs(engines, root)) == rerun


def test_one_more_entry_of_each_registry_reruns_nothing(engines, root):
    library = root / "workflow_scripts/spikemeter"
    for module in ENTRIES:
        shutil.copy(library / module, (library / module).with_name("another.py"))
    registries = list(library.rglob("registry.py"))
    assert len(registries) > len({Path(module).parent for module in ENTRIES})
    for path in registries:
        append(root, path.relative_to(library))
    assert differing(jobs(engines), jobs(engines, root)) == set()
