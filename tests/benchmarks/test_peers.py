"""Every installed candidate does the task; those of the same neuron agree."""

import pytest
from benchmarks.peers import CANDIDATES, REFERENCE, list_candidates
from benchmarks.side_by_side import compare


@pytest.mark.parametrize("name", list_candidates("cpu"))
def test_candidates_with_the_same_neuron_agree(task, name):
    candidate = CANDIDATES[name]
    if candidate.installed() is None:
        pytest.skip(f"{candidate.package} is not installed here; see envs/peers.in")
    peers = {n: CANDIDATES[n].build(task) for n in (REFERENCE, name)}
    found = compare(peers)[name]
    assert found["spikes"] > 0
    assert found["values"] == 6 * 5 * 4
    if candidate.neuron == "same":
        assert found["differing"] == 0
        assert found["gradient"] < 1e-5
        assert found["loss"] == pytest.approx(compare(peers)[REFERENCE]["loss"])


def test_a_training_step_leaves_the_activity(task):
    peer = CANDIDATES[REFERENCE].build(task)
    before = peer.infer()
    for _ in range(3):
        peer.train_step()
    assert (peer.infer() == before).all()
