import math

import pytest
import torch
from snntorch import surrogate

from spikemeter.networks.surrogates import spike_function

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


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_a_step_with_the_gradient_of_the_closed_form_and_of_snntorch(name):
    fire = spike_function(name)
    assert fire(torch.tensor([-2.0, -1e-7, 0.0, 1e-7, 2.0])).tolist() == [0, 0, 0, 1, 1]
    near, far = torch.linspace(-3, 3, 601), torch.tensor([-1e4, -5.0, 5.0, 1e4])
    found = gradient(fire, near)
    expected = CLOSED_FORMS[name](near.double()).float()
    assert torch.allclose(found, expected, rtol=1e-5, atol=1e-9)
    if name in SNNTORCH:  # its sigmoid is infinity over infinity further away
        same = near.abs() <= 1.5
        theirs = gradient(SNNTORCH[name], near[same])
        assert torch.allclose(found[same], theirs, rtol=1e-5, atol=1e-9)
    assert gradient(fire, far).isfinite().all()
    assert torch.allclose(gradient(fire, far), gradient(fire, far.flip(0)))
