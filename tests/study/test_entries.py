"""Entries of registries: what one more changes, and what a change of one reruns."""

import shutil

import pytest

from spikemeter.datasets.kinds.registry import KINDS
from spikemeter.datasets.registry import DATASETS
from spikemeter.engines.registry import ENGINES
from spikemeter.networks.encodings.registry import ENCODINGS
from spikemeter.networks.losses.registry import LOSSES
from spikemeter.networks.neurons.registry import NEURONS
from spikemeter.study.checks import check_config
from spikemeter.study.plan import Plan
from spikemeter.study.strict_yaml import read_yaml
from tests.workflow.study import ROOT

SCRIPTS = ROOT / "workflow_scripts"
LIF = {"exp1_snn", "exp2_snn", "exp3_snn_mnist", "exp3_snn_nmnist"}
RELU = {"exp1_ann", "exp2_cnn"}
# For each kind of entry the registry, an entry of it, and what a change of it reruns
# apart from reports: inputs, and networks whose training and test do.
USERS = {
    "a data set": (DATASETS, "cifar10", {"cifar10"}, {"exp2_cnn", "exp2_snn"}),
    "a kind": (KINDS, "events", {"nmnist"}, {"exp3_snn_nmnist"}),
    "a neuron": (NEURONS, "lif", set(), LIF),
    "another neuron": (NEURONS, "relu", set(), RELU),
    "an encoding": (ENCODINGS, "rate", set(), LIF - {"exp3_snn_nmnist"}),
    "a loss": (LOSSES, "cross_entropy", set(), RELU),
    "another loss": (LOSSES, "mse_count", set(), LIF),
    "an engine": (ENGINES, "snntorch", set(), {"exp1_snn"}),
    # What auto may be, on a CPU and on a GPU.
    "an engine for a CPU": (ENGINES, "events", set(), LIF - {"exp1_snn"}),
    "an engine for a GPU": (ENGINES, "scan", set(), LIF - {"exp1_snn"}),
}


@pytest.fixture(scope="module")
def study():
    values = read_yaml(ROOT / "config.yaml")
    values["networks"]["exp1_snn"]["engine"] = "snntorch"
    return check_config(values)


@pytest.fixture
def root(tmp_path):
    """Return a copy of the code; its resources are those of the repository."""
    shutil.copytree(SCRIPTS, tmp_path / "workflow_scripts")
    (tmp_path / "resources").symlink_to(ROOT / "resources")
    return tmp_path


def jobs(study, root):
    """Return the params of all jobs that compute, by name."""
    plan = Plan(study, root)
    found = {f"fetch {name}": plan.fetch(name) for name in DATASETS}
    found |= {f"prepare {name}": plan.prepare(name) for name in study.inputs}
    for name in study.networks:
        found[f"train {name}"] = plan.train(name)
        found[f"test {name}"] = plan.test(name)
    return found


def changes(study, root):
    before, after = jobs(study, ROOT), jobs(study, root)
    return {name for name in before if repr(before[name]) != repr(after[name])}


@pytest.mark.parametrize(("registry", "entry", "_", "__"), USERS.values(), ids=USERS)
def test_one_more_entry_reruns_nothing(study, root, registry, entry, _, __):
    module = root / "workflow_scripts" / registry.module(entry)
    shutil.copy(module, module.with_name("another.py"))
    for path in (root / "workflow_scripts").rglob("registry.py"):
        path.write_text(path.read_text() + "\nANOTHER = 1\n")
    assert changes(study, root) == set()


@pytest.mark.parametrize(
    ("registry", "entry", "inputs", "networks"), USERS.values(), ids=USERS
)
def test_a_changed_entry_reruns_its_users(
    study, root, registry, entry, inputs, networks
):
    module = root / "workflow_scripts" / registry.module(entry)
    module.write_text(module.read_text() + "\nADDED = 1\n")
    found = {name for name in changes(study, root) if not name.startswith("fetch")}
    expected = {f"prepare {name}" for name in inputs}
    expected |= {f"{job} {name}" for name in networks for job in ("train", "test")}
    assert found == expected
