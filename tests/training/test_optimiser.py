import copy

import pytest
import torch

from spikemeter.training.model import make_adam
from spikemeter.training.randomness import make_generator

SHAPES = [(40, 30), (40,), (6, 3, 5, 5), (10, 40)]


WITHOUT = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
DEVICES = ["cpu", pytest.param("cuda", marks=[pytest.mark.gpu, WITHOUT])]


def parameters(device="cpu"):
    stream = make_generator(0, "weights")
    values = [torch.randn(shape, generator=stream) for shape in SHAPES]
    return [torch.nn.Parameter(value.to(device)) for value in values]


def learn(optimiser, steps, seed=0):
    """Do steps with made-up gradients, every other one a transposed view."""
    stream = make_generator(seed, "gradients")
    for step in range(steps):
        for parameter in optimiser.param_groups[0]["params"]:
            gradient = torch.randn(parameter.shape, generator=stream)
            if step % 2 and gradient.ndim > 1:
                gradient = gradient.mT.contiguous().mT
            parameter.grad = gradient.to(parameter.device)
        optimiser.step()
    return [p.detach().cpu().clone() for p in optimiser.param_groups[0]["params"]]


@pytest.mark.parametrize("device", DEVICES)
def test_equals_plain_adam_whatever_the_layout_of_gradients(device):
    optimiser = make_adam(parameters(device), 0.01)
    optimiser.step()  # without gradients, nothing changes
    found = learn(optimiser, 20)
    plain = torch.optim.Adam(parameters(), lr=0.01, fused=False, foreach=False)
    for one, other in zip(found, learn(plain, 20), strict=True):
        assert (one - other).abs().max() <= 1e-6 * other.abs().max()


def test_continues_from_its_state_bit_for_bit():
    whole = make_adam(parameters(), 0.01)
    values = [torch.nn.Parameter(value) for value in learn(whole, 3)]
    resumed = make_adam(values, 0.01)
    resumed.load_state_dict(copy.deepcopy(whole.state_dict()))
    expected = learn(whole, 4, seed=1)
    for one, other in zip(learn(resumed, 4, seed=1), expected, strict=True):
        assert torch.equal(one, other)
