"""Differences between candidates are counted, not assumed."""

from unittest.mock import Mock

import numpy as np
import pytest
from benchmarks.side_by_side import compare, compare_gradients


def made(output, gradient):
    """Return a candidate with this output and gradient."""
    answers = {"infer": np.array(output), "gradients": [np.array(gradient)]}
    return Mock(**{f"{name}.return_value": value for name, value in answers.items()})


def test_counts_what_differs_from_the_first():
    peers = {"a": made([1, 0, 1], [3.0, 4.0]), "b": made([1, 1, 0], [3.0, 4.5])}
    found = compare(peers)
    assert found["a"]["differing"] == 0
    assert found["b"]["differing"] == 2
    assert found["b"]["gradient"] == pytest.approx(0.1)


def test_the_largest_relative_difference_counts():
    expected = [np.array([3.0, 4.0]), np.array([1.0])]
    found = [np.array([3.0, 4.0]), np.array([1.5])]
    assert compare_gradients(found, expected) == pytest.approx(0.5)
