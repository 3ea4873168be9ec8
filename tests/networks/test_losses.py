import pytest
import torch
from snntorch import functional as reference
from torch.utils._python_dispatch import TorchDispatchMode

from spikemeter.networks.losses.cross_entropy import cross_entropy
from spikemeter.networks.losses.mse_count import mse_count
from spikemeter.training.randomness import make_generator


def spikes(steps, batch=7, classes=10):
    rates = torch.linspace(0, 1, classes).expand(steps, batch, classes)
    drawn = torch.bernoulli(rates, generator=make_generator(steps, "spikes"))
    labels = torch.randint(classes, (batch,), generator=make_generator(steps, "labels"))
    return drawn.requires_grad_(), labels


@pytest.mark.parametrize("steps", [1, 5, 10, 25, 60, 300])
@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (mse_count, reference.mse_count_loss(correct_rate=0.8, incorrect_rate=0.2)),
        (cross_entropy, reference.ce_count_loss()),
    ],
)
def test_equals_snntorch(loss, expected, steps):
    drawn, labels = spikes(steps)
    losses = loss(drawn.sum(0), labels, steps), expected(drawn, labels)
    found, theirs = (torch.autograd.grad(mean, drawn)[0] for mean in losses)
    assert losses[0].item() == pytest.approx(losses[1].item(), rel=1e-6)
    assert torch.allclose(found, theirs, rtol=1e-5, atol=1e-9)


class Operations(TorchDispatchMode):
    """Notes the operations of ATen that run."""

    def __init__(self):
        super().__init__()
        self.names = set()

    def __torch_dispatch__(self, function, _types, args=(), kwargs=None):
        self.names.add(function.overloadpacket.__name__)
        return function(*args, **(kwargs or {}))


def test_mse_count_neither_sorts_nor_copies_on_a_gpu():
    drawn, labels = spikes(10)
    with Operations() as found:
        torch.autograd.grad(mse_count(drawn.sum(0), labels, 10), drawn)
    assert "mse_loss" in found.names
    # Sorted where results must repeat; not to be recorded; waits for the device.
    assert not found.names & {"scatter", "index_put", "where", "_local_scalar_dense"}


def test_mse_count_by_hand():
    counts = torch.tensor([[4.0, 0.0], [1.0, 6.0]])
    labels = torch.tensor([0, 1])
    # Of 5 steps: 4 right, 1 wrong. Errors 0, 1, 0 and 2, squared, over 4, over 5.
    assert mse_count(counts, labels, 5).item() == pytest.approx((1 + 4) / 4 / 5)
