"""Every installed candidate does the task; those of the same neuron agree."""

import pytest
import torch
from benchmarks.peers import CANDIDATES, REFERENCE, list_candidates
from benchmarks.side_by_side import compare
from benchmarks.workloads import Task

from spikemeter.networks.encodings.encoded import Frames
from spikemeter.networks.layers import Synapses
from spikemeter.networks.neurons.lif import Lif
from tests.engines.exactness import describe


@pytest.fixture
def task():
    description = describe(
        Lif(beta=0.8), input_shape=(2, 9, 9), layers="3C3-P2-8-4", steps=6
    )
    random = torch.Generator().manual_seed(0)
    synapses = Synapses(description.stages, random)
    frames = (torch.rand(6, 5, 2, 9, 9, generator=random) < 0.4).float()
    return Task(
        description,
        {name: value.clone() for name, value in synapses.state_dict().items()},
        Frames(frames),
        frames,
        torch.tensor([0, 1, 2, 3, 0]),
        torch.device("cpu"),
    )


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
