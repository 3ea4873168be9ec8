"""The study on a cluster: jobs as requested and equal results, whatever is killed."""

import pandas as pd
import pytest

from spikemeter.files import read_json
from tests.cluster.cluster import NODES, run, wait
from tests.cluster.conftest import NETWORKS, Submitted
from tests.workflow.comparison import learned, scored
from tests.workflow.study import TABLES

pytestmark = pytest.mark.slurm
KILLED, OUT_OF_TIME, REQUEUED = "exp1_snn", "exp1_ann", "exp2_cnn"
HELD = {
    KILLED: "layers='256-256-10', padding='valid', neuron=Lif(",
    OUT_OF_TIME: "layers='256-256-10', padding='valid', neuron=Relu(",
    REQUEUED: "P2-128-10', padding='same', neuron=Relu(",
}
ENDS = {
    KILLED: "scancel --signal=KILL {}",
    OUT_OF_TIME: "scontrol update JobId={} TimeLimit=1",
    REQUEUED: "scontrol requeue {}",
}
PARTS = ("train", "test")


@pytest.fixture(scope="module")
def ended(cluster, local, six, tmp_path_factory):
    """The study run through the cluster, and the jobs that were ended early."""
    study = six.copy(tmp_path_factory.mktemp("submitted") / "study")
    jobs, over = {}, set()

    def all_over():
        for network, command in ENDS.items():
            if network not in jobs and submitted.is_held(network):
                jobs[network] = cluster.training(network)
                run(*command.format(jobs[network]).split())
        known = cluster.jobs()
        for network, number in jobs.items():
            if network not in over and known[number]["JobState"] != "RUNNING":
                over.add(network)
                submitted.let_go(network)
        return over == set(ENDS) or submitted.process.poll() is not None

    with Submitted(study, HELD, TABLES) as submitted:
        wait(all_over, 600)
        assert submitted.finish() == 0, submitted.text
    return study, jobs


def recorded(study, network, part):
    """Return the job that a result records."""
    return read_json(study.of_run(network, f"{part}.json"))["conditions"]["job"]


@pytest.fixture(scope="module")
def metered(cluster, ended):
    """SLURM's record of the job of every training and test."""
    study, _ = ended
    known = cluster.jobs()
    return {
        (network, part): known[recorded(study, network, part)["job_id"]]
        for network in NETWORKS
        for part in PARTS
    }


def test_every_training_and_test_is_a_job_of_its_own(ended, metered):
    study, _ = ended
    assert len({job["JobId"] for job in metered.values()}) == len(metered)
    for (network, part), job in metered.items():
        job_of = recorded(study, network, part)
        assert job_of["node"] == job["NodeList"]
        assert job_of["gpus"] in {"0", "1"}
        assert job["JobState"] == "COMPLETED"


def test_each_asked_for_a_gpu_and_the_whole_node(metered):
    for job in metered.values():
        assert job["TresPerJob"] == "gres:gpu:1"
        assert job["OverSubscribe"] == "NO"


def test_no_two_shared_a_node_and_both_nodes_worked(metered):
    """The token that keeps metered jobs apart would slow a cluster down."""
    columns = ["NodeList", "StartTime", "EndTime"]
    jobs = pd.DataFrame(metered.values())[columns].sort_values("StartTime")
    for _, on_node in jobs.groupby("NodeList"):
        assert (on_node["EndTime"][:-1].to_numpy() <= on_node["StartTime"][1:]).all()
    assert set(jobs["NodeList"]) == set(NODES)


def assert_learned_the_same(study, local, network):
    found, expected = (learned(s.of_run(network, "epochs.csv")) for s in (study, local))
    pd.testing.assert_frame_equal(found, expected)


def test_results_are_those_of_a_local_run(ended, local):
    study, _ = ended
    for network in NETWORKS:
        assert_learned_the_same(study, local, network)
        found, expected = (
            scored(s.of_run(network, "test.json")) for s in (study, local)
        )
        assert found == expected
        assert recorded(local, network, "train") is None


@pytest.mark.parametrize("network", ENDS)
def test_a_training_that_ended_early_continued(cluster, ended, metered, network):
    """A requeued job keeps its number; the others ask for twice the memory."""
    study, jobs = ended
    assert "continuing after epoch 1" in study.log(f"train/{network}/seed0")
    assert read_json(study.of_run(network, "train.json"))["sessions"] == 2
    first, again = cluster.jobs()[jobs[network]], metered[network, "train"]
    asked_mb = [int(job["MinMemoryNode"].rstrip("M")) for job in (first, again)]
    if network == REQUEUED:
        assert (first["JobId"], first["Restarts"]) == (again["JobId"], "1")
    else:
        states = {KILLED: "CANCELLED", OUT_OF_TIME: "TIMEOUT"}
        assert first["JobState"] == states[network]
        assert asked_mb[1] == 2 * asked_mb[0]


def test_a_job_outlives_a_killed_snakemake(cluster, local, tmp_path):
    """Then the user ends the job, unlocks, and gives the same command again."""
    study = local.copy(tmp_path / "study")
    target = f"results/runs/{KILLED}/seed0/train.json"
    for path in (study / target).parent.iterdir():
        path.unlink()
    with Submitted(study, HELD, target) as submitted:
        wait(lambda: submitted.is_held(KILLED), 300)
    number = cluster.training(KILLED)

    refused = Submitted(study, {}, target)
    assert refused.finish() != 0
    assert "LockException" in refused.text
    run("scancel", number)
    wait(lambda: cluster.jobs()[number]["JobState"] == "CANCELLED")
    submitted.let_go(KILLED)
    assert Submitted(study, {}, "--unlock").finish() == 0
    again = Submitted(study, {}, target)
    assert again.finish() == 0, again.text
    assert "continuing after epoch 1" in study.log(f"train/{KILLED}/seed0")
    assert_learned_the_same(study, local, KILLED)
