import pytest
import torch
from torch.nn import functional

from spikemeter.networks.layers import Synapses, plain_forward
from spikemeter.networks.notation import parse_layers
from spikemeter.training.randomness import make_generator


def synapses(layers, shape, padding="valid", seed=0):
    return Synapses(
        parse_layers(layers, shape, padding), make_generator(seed, "weights")
    )


def test_weights_are_he_uniform_and_follow_the_seed():
    network = synapses("6C5-200-10", (3, 12, 12))
    for layer in network.layers:
        bound = (6 / layer.weight[0].numel()) ** 0.5
        assert 0.95 * bound < layer.weight.abs().max() <= bound
        assert layer.weight.std().item() == pytest.approx(bound / 3**0.5, rel=0.1)
        assert not layer.bias.any()
    again, other = (synapses("6C5-200-10", (3, 12, 12), seed=s) for s in (0, 1))
    pairs = zip(network.parameters(), again.parameters(), strict=True)
    assert all(torch.equal(*pair) for pair in pairs)
    assert not torch.equal(network.layers[0].weight, other.layers[0].weight)


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_plain_forward_is_the_textbook_network(padding):
    network = synapses("4C3-P2-5C3-30-10", (2, 14, 15), padding)
    batch = torch.rand(3, 2, 14, 15, generator=make_generator(0, "batch"))
    border = 1 if padding == "same" else 0
    first, second, third, last = network.layers
    hidden = functional.conv2d(batch, first.weight, first.bias, padding=border)
    # Pooling behind the rectifier, as networks are usually drawn.
    hidden = functional.max_pool2d(functional.relu(hidden), 2)
    hidden = functional.conv2d(hidden, second.weight, second.bias, padding=border)
    hidden = third(functional.relu(hidden).flatten(1))
    expected = functional.relu(hidden) @ last.weight.T + last.bias
    assert torch.allclose(plain_forward(network, batch), expected, atol=1e-5)
    assert (expected < 0).any()  # no rectifier at the output
