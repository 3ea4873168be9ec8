"""Operations, counted by hand."""

import pytest
from benchmarks.roofline import operations

from spikemeter.networks.notation import parse_layers


def test_operations_of_a_fully_connected_network():
    stages = parse_layers("20-10", (1, 5, 6), "valid")
    found = operations(stages, [0.5, 0.25], 7)
    first, second = 2 * 30 * 20, 2 * 20 * 10
    assert found.infer == 7 * (first + second)
    assert found.train == 7 * (2 * first + 3 * second)
    assert found.sparse_infer == 7 * (0.5 * first + 0.25 * second)
    assert found.sparse_train == 7 * (2 * 0.5 * first + (2 * 0.25 + 1) * second)
    assert found.state_bytes == 7 * 2 * 4 * 30


def test_operations_of_a_pooled_convolution():
    stages = parse_layers("4C3-P2-10", (3, 8, 8), "valid")
    found = operations(stages, [0.1, 0.2], 1)
    convolution, linear = 2 * 6 * 6 * 3 * 9 * 4, 2 * 36 * 10
    assert found.infer == convolution + linear
    expected = convolution * (0.1 + 0.1 / 4) + linear * (2 * 0.2 + 1)
    assert found.sparse_train == pytest.approx(expected)
