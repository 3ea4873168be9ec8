from math import inf, nan

import pytest

from spikemeter.report.claims.claim import (
    NOT_REPRODUCED,
    NOT_TESTABLE,
    REPRODUCED,
    SAME,
    Range,
    judge,
)
from spikemeter.report.statistics import Interval

BOTH = Range(-1.0, 1.0)


def word(low, high, claimed):
    return judge(Interval((low + high) / 2, low, high), claimed, [], str).word


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-0.5, 0.5, REPRODUCED),
        (-1.0, 1.0, REPRODUCED),  # borders belong to a range of two
        (1.0, 1.0, REPRODUCED),
        (-1.01, 0.0, NOT_TESTABLE),
        (0.0, 1.01, NOT_TESTABLE),
        (1.0, 2.0, NOT_TESTABLE),
        (-2.0, -1.0, NOT_TESTABLE),
        (-2.0, 2.0, NOT_TESTABLE),
        (1.01, 2.0, NOT_REPRODUCED),
        (-2.0, -1.01, NOT_REPRODUCED),
    ],
)
def test_a_range_of_two_borders(low, high, expected):
    assert word(low, high, BOTH) == expected


@pytest.mark.parametrize(
    ("low", "high", "more", "less"),
    [
        (1.01, 5.0, REPRODUCED, NOT_REPRODUCED),
        (0.5, 0.99, NOT_REPRODUCED, REPRODUCED),
        (0.99, 1.01, NOT_TESTABLE, NOT_TESTABLE),
        (1.0, 1.0, NOT_REPRODUCED, NOT_REPRODUCED),  # neither more nor less
        (1.0, 2.0, NOT_TESTABLE, NOT_REPRODUCED),
        (0.5, 1.0, NOT_REPRODUCED, NOT_TESTABLE),
    ],
)
def test_a_range_of_one_border(low, high, more, less):
    assert word(low, high, Range(1.0, inf)) == more
    assert word(low, high, Range(-inf, 1.0)) == less


@pytest.mark.parametrize(
    ("interval", "reasons", "told"),
    [
        ((0, 0, 0), ["b", "a"], ("b", "a")),  # however clear the number
        ((1, nan, nan), [], (SAME,)),
        ((nan, nan, nan), [], ("the number has no finite interval",)),
        ((inf, 1, inf), [], ("the number has no finite interval",)),
        ((0, -0.5, 2), [], ("the interval [-0.5, 2] crosses 1; more seeds",)),
        ((0, -3, 0), [], ("the interval [-3, 0] crosses -1; more seeds",)),
        ((0, 1, 2), [], ("the interval [1, 2] crosses 1; more seeds",)),
        ((0, -2, -1), [], ("the interval [-2, -1] crosses -1; more seeds",)),
        ((0, -3, 2), [], ("the interval [-3, 2] crosses -1 and 1; more seeds",)),
    ],
)
def test_what_leaves_no_verdict_is_told(interval, reasons, told):
    verdict = judge(Interval(*interval), BOTH, reasons, "{:g}".format)
    assert verdict == (NOT_TESTABLE, told)
