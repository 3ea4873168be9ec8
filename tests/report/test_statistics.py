import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats  # type: ignore[import-untyped]

from spikemeter.report.statistics import (
    differences,
    paired_p,
    ratio_interval,
    t_interval,
)

PERCENTS = st.floats(1, 100)


@given(st.lists(PERCENTS, min_size=2, max_size=9).filter(lambda v: np.ptp(v) > 1e-3))
def test_the_interval_is_scipys(values):
    found = t_interval(np.array(values))
    expected = stats.t.interval(
        0.95, len(values) - 1, np.mean(values), stats.sem(values)
    )
    assert found[1:] == pytest.approx(expected)
    assert found.mean == pytest.approx(np.mean(values))


def test_one_seed_has_a_mean_and_no_interval():
    found = t_interval(np.array([98.05]))
    assert found.mean == 98.05
    assert np.isnan(found[1:]).all()
    ratio = ratio_interval(np.array([5.0]), np.array([2.0]))
    assert ratio.mean == pytest.approx(2.5)
    assert np.isnan(ratio[1:]).all()


def test_a_seed_without_a_value_leaves_nothing():
    unknown = np.array([1.0, np.nan, 3.0])
    assert np.isnan(t_interval(unknown)).all()
    assert np.isnan(ratio_interval(unknown, np.ones(3))).all()
    assert np.isnan(paired_p(unknown, np.ones(3)))


@given(st.lists(st.tuples(PERCENTS, PERCENTS), min_size=2, max_size=6))
def test_a_comparison_is_scipys_paired_test(pairs):
    ours, reference = np.array(pairs).T
    if np.ptp(ours - reference) < 1e-6:
        return
    p_value = paired_p(ours, reference)
    found = t_interval(differences(ours, reference))
    assert p_value == pytest.approx(stats.ttest_rel(ours, reference).pvalue)
    assert found.mean == pytest.approx(np.mean(ours - reference), abs=1e-8)
    # The interval excludes 0 where p is below 5 %, and only there.
    assert (p_value < 0.05) == (found.low * found.high > 0)


def test_one_seed_and_equal_differences_are_not_tested():
    assert np.isnan(paired_p(np.array([98.0]), np.array([97.0])))
    assert np.isnan(paired_p(np.array([98.0, 97.0]), np.array([97.0, 96.0])))
    assert np.isnan(paired_p(np.zeros(3), np.zeros(3)))


def test_differences_that_only_rounding_parts_are_equal():
    ours, reference = np.array([0.3, 0.8]), np.array([0.1, 0.6])
    assert np.ptp(ours - reference) > 0
    assert np.isnan(paired_p(ours, reference))
    assert np.ptp(differences(ours, reference)) == 0
    # 0.014 and -0.014 but for rounding: their mean is 0, not 7e-18.
    assert differences(np.array([0.985]), np.array([0.971])).tolist() == [0.014]


def test_seeds_that_all_agree_have_a_spread_that_is_not_known():
    for values in ([2.0, 2.0], [0.0, 0.0, 0.0], [0.1 + 0.2, 0.3]):
        found = t_interval(np.array(values))
        assert found.mean == pytest.approx(values[0])
        assert np.isnan([found.low, found.high]).all()
    ratios = ratio_interval(np.array([2.0, 4.0]), np.array([1.0, 2.0]))
    assert ratios.mean == pytest.approx(2)
    assert np.isnan(ratios.low)
