"""A small task for the candidates."""

import pytest
import torch
from benchmarks.workloads import Task

from spikemeter.networks.encoding import Frames
from spikemeter.networks.layers import Synapses
from spikemeter.networks.neurons.lif import Lif
from spikemeter.networks.notation import parse_layers


@pytest.fixture
def task():
    stages = tuple(parse_layers("3C3-P2-8-4", (2, 9, 9), "valid"))
    random = torch.Generator().manual_seed(0)
    synapses = Synapses(stages, random)
    frames = (torch.rand(6, 5, 2, 9, 9, generator=random) < 0.4).float()
    return Task(
        stages,
        Lif(0.8, 1.0, "subtract", "atan"),
        "mse_count",
        {name: value.clone() for name, value in synapses.state_dict().items()},
        Frames(frames),
        frames,
        torch.tensor([0, 1, 2, 3, 0]),
        torch.device("cpu"),
    )
