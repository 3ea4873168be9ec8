import math

import pytest
import torch
from snntorch import surrogate

from spikemeter.networks.surrogates import spike_function

NAMES = ("atan", "atan_paper", "sigmoid", "fast_sigmoid")


CLOSED_FORMS = {
    "atan": lambda u: 1 / (1 + (math.pi * u) ** 2),
    "atan_paper": lambda u: 1 / (math.pi * (1 + (math.pi * u) ** 2)),
    "sigmoid": lambda u: 25 * torch.sigmoid(25 * u) * torch.sigmoid(-25 * u),
    "fast_sigmoid": lambda u: 1 / (25 * u.abs() + 1) ** 2,
}
SNNTORCH = {
    "atan": surrogate.atan(alpha=2),
    "sigmoid": surrogate.sigmoid(slope=25),
    "fast_sigmoid": surrogate.fast_sigmoid(slope=25),
}


def gradient(function, distances):
    variable = distances.clone().requires_grad_()
    function(variable).backward(torch.full_like(distances, 3.0))
    return variable.grad / 3


@pytest.mark.parametrize("name", NAMES)
def test_fires_above_the_threshold_only(name):
    distances = torch.tensor([-2.0, -1e-7, 0.0, 1e-7, 2.0])
    assert spike_function(name)(distances).tolist() == [0, 0, 0, 1, 1]


@pytest.mark.parametrize("name", NAMES)
def test_gradient_is_the_closed_form(name):
    distances = torch.linspace(-3, 3, 601)
    expected = CLOSED_FORMS[name](distances.double()).float()
    found = gradient(spike_function(name), distances)
    assert torch.allclose(found, expected, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("name", SNNTORCH)
def test_gradient_is_snntorchs(name):
    distances = torch.linspace(-1.5, 1.5, 301)
    expected = gradient(SNNTORCH[name], distances)
    found = gradient(spike_function(name), distances)
    assert torch.allclose(found, expected, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_gradient_is_finite_far_from_the_threshold(name):
    distances = torch.tensor([-1e4, -100.0, -5.0, 5.0, 100.0, 1e4])
    found = gradient(spike_function(name), distances)
    assert found.isfinite().all()
    assert torch.allclose(found, found.flip(0))
