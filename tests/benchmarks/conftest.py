"""A small task for the candidates."""

import pytest
import torch
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
