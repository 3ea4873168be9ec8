"""Differences between candidates are counted, not assumed."""

import numpy as np
import pytest
from benchmarks.side_by_side import compare, compare_gradients


class Made:
    def __init__(self, output, gradient):
        self.output, self.gradient = np.array(output), np.array(gradient)

    def infer(self):
        return self.output

    def train_step(self):
        return 0.5

    def gradients(self):
        return [self.gradient]


def test_counts_what_differs_from_the_first():
    found = compare(
        {"a": Made([1, 0, 1], [3.0, 4.0]), "b": Made([1, 1, 0], [3.0, 4.5])}
    )
    assert found["a"]["differing"] == 0
    assert found["b"]["differing"] == 2
    assert found["b"]["gradient"] == pytest.approx(0.1)


def test_the_largest_relative_difference_counts():
    expected = [np.array([3.0, 4.0]), np.array([1.0])]
    found = [np.array([3.0, 4.0]), np.array([1.5])]
    assert compare_gradients(found, expected) == pytest.approx(0.5)
