"""Plans of large studies: each job once, and nothing that a job does not need."""

from collections import Counter
from unittest.mock import patch

import pytest

from spikemeter.study.checks import check_config
from spikemeter.study.plan import Plan
from spikemeter.study.strict_yaml import read_yaml
from tests.workflow.study import ROOT, SPIKING

NETWORKS, SEEDS, PER_EXPERIMENT = 30, 3, 6


@pytest.fixture
def large(fresh):
    """The study with many networks and seeds."""
    names = [f"network{n}" for n in range(NETWORKS)]
    networks = {
        name: SPIKING | {"label": name, "experiment": n // PER_EXPERIMENT}
        for n, name in enumerate(names)
    }
    numbers = range(NETWORKS // PER_EXPERIMENT)
    fresh.configure(
        networks=networks,
        seeds=list(range(SEEDS)),
        experiments={str(number): {"title": "Many"} for number in numbers},
    )
    return fresh


def test_every_job_of_many_networks_is_planned_once(large):
    jobs = large.plan()
    assert len(set(jobs)) == len(jobs)
    assert Counter(job.partition("[")[0] for job in jobs) == {
        "fetch_mnist": 1,
        "prepare": 1,
        "train": NETWORKS * SEEDS,
        "test": NETWORKS * SEEDS,
        "tables": 1,
        "claims": 1,
        "report": 1,
        # Two of each experiment; energy, examples, neuron and two unrolled.
        "figure": NETWORKS + 2 * NETWORKS // PER_EXPERIMENT + 5,
    }
    # None of the networks has a published row, whose claims could be judged.
    assert large.plan("all") == [job for job in jobs if job != "claims"]


def test_one_run_of_many_is_planned_alone(large):
    assert large.plan("results/runs/network7/seed2/test.json") == [
        *("fetch_mnist", "prepare[digits]"),
        *("test[network7, 2]", "train[network7, 2]"),
    ]


def test_what_seeds_and_reports_share_is_worked_out_once():
    """The plan of a network does not cost more with more seeds and reports."""
    study = Plan(check_config(read_yaml(ROOT / "config.yaml")), ROOT)
    with patch.object(
        Plan, "_params", autospec=True, side_effect=Plan._params
    ) as params:
        for seed in range(SEEDS):
            for network in study.networks():
                study.train(network)
                study.test(network, seed)
        study.tables()
        study.figure("experiment1")
    asked = Counter(module for call in params.mock_calls for module in call.args[1][:1])
    enabled = len(study.networks())
    assert asked["train.py"] == asked["test.py"] == enabled
    inputs = {network.input for network in study.study.networks.values()}
    assert asked["prepare.py"] == len(inputs)
