from math import inf, nan

import pytest

from spikemeter.report.claims.claim import (
    NOT_REPRODUCED,
    NOT_TESTABLE,
    REPRODUCED,
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


def test_reasons_leave_no_verdict_however_clear_the_number():
    verdict = judge(Interval(0, 0, 0), BOTH, ["b", "a"], str)
    assert verdict == (NOT_TESTABLE, ("b", "a"))


def test_seeds_that_all_agree_give_no_verdict():
    verdict = judge(Interval(1, nan, nan), Range(0, inf), [], str)
    assert verdict.word == NOT_TESTABLE
    assert verdict.reasons[0].startswith("all seeds give the same number")


@pytest.mark.parametrize("interval", [(nan, nan, nan), (inf, 1, inf)])
def test_without_an_interval_there_is_no_verdict(interval):
    verdict = judge(Interval(*interval), Range(0, inf), [], str)
    assert verdict == (NOT_TESTABLE, ("the number has no finite interval",))


def test_the_borders_that_are_crossed_are_told():
    for low, high, crossed in (
        *((-0.5, 2, "1"), (-3, 0, "-1"), (1, 2, "1")),
        *((-2, -1, "-1"), (-3, 2, "-1 and 1")),
    ):
        found = judge(Interval(0.0, low, high), BOTH, [], "{:g}".format).reasons
        told = f"the interval [{low:g}, {high:g}] crosses {crossed}; more seeds"
        assert found == (told,)
