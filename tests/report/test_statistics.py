import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats  # type: ignore[import-untyped]

from spikemeter.report.statistics import (
    compare,
    ratio_interval,
    t_interval,
    wilson,
)

PERCENTS = st.floats(1, 100)


def test_the_interval_of_three_seeds_by_hand():
    # Standard deviation 1; Student's t with 2 degrees of freedom: 4.30265.
    half = 4.30265273 / np.sqrt(3)
    assert t_interval(np.array([90.0, 91, 92])) == pytest.approx(
        (91, 91 - half, 91 + half)
    )


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


def test_equal_seeds_have_an_interval_without_width():
    assert t_interval(np.array([2.0, 2, 2])) == (2, 2, 2)
    ratio = ratio_interval(np.array([6.0, 6]), np.array([2.0, 2]))
    assert ratio == pytest.approx((3, 3, 3))


def test_a_seed_without_a_value_leaves_nothing():
    unknown = np.array([1.0, np.nan, 3.0])
    assert np.isnan(t_interval(unknown)).all()
    assert np.isnan(ratio_interval(unknown, np.ones(3))).all()
    found = compare(unknown, np.ones(3))
    assert np.isnan(found.p_value)
    assert np.isnan(found.difference).all()


def test_ratios_by_hand():
    # Logarithms 0 and ln 4: mean ln 2, standard error ln 2, t with 1 degree 12.7062.
    found = ratio_interval(np.array([3.0, 8.0]), np.array([3.0, 2.0]))
    width = 2**12.70620474
    assert found == pytest.approx((2, 2 / width, 2 * width))


@given(st.lists(st.tuples(PERCENTS, PERCENTS), min_size=2, max_size=6))
def test_the_inverse_of_a_ratio_has_the_inverse_interval(pairs):
    ours, reference = np.array(pairs).T
    found = ratio_interval(ours, reference)
    turned = ratio_interval(reference, ours)
    assert np.log(found.mean) == pytest.approx(-np.log(turned.mean), abs=1e-9)
    assert np.log(found.low) == pytest.approx(-np.log(turned.high), abs=1e-7)
    assert found.low <= found.mean <= found.high


@given(st.integers(1, 20_000), st.floats(0, 1))
def test_wilsons_interval_is_scipys(samples, share):
    right = round(share * samples)
    expected = stats.binomtest(right, samples).proportion_ci(0.95, "wilson")
    found = wilson(right / samples, samples)
    assert found == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert 0 <= found[0] < found[1] <= 1


def test_wilsons_interval_by_hand():
    # Brown, Cai and DasGupta 2001, section 3.1.1: (p + z²/2n ± …) / (1 + z²/n).
    z2 = 1.95996398**2
    for samples in (10, 1000):
        alone = z2 / (samples + z2)
        assert wilson(0.0, samples) == pytest.approx((0, alone))
        assert wilson(1.0, samples) == pytest.approx((1 - alone, 1))
        assert min(wilson(0.0, samples)) >= 0


@given(st.lists(st.tuples(PERCENTS, PERCENTS), min_size=2, max_size=6))
def test_a_comparison_is_scipys_paired_test(pairs):
    ours, reference = np.array(pairs).T
    found = compare(ours, reference)
    if np.ptp(ours - reference) < 1e-6:
        return
    assert found.p_value == pytest.approx(stats.ttest_rel(ours, reference).pvalue)
    assert found.difference.mean == pytest.approx(np.mean(ours - reference), abs=1e-9)
    # The interval excludes 0 where p is below 5 %, and only there.
    assert (found.p_value < 0.05) == (found.difference.low * found.difference.high > 0)


def test_a_comparison_by_hand():
    # Differences 1, 2, 3: t = 2 / (1 / √3) = √12, with 2 degrees of freedom.
    found = compare(np.array([91.0, 93, 95]), np.array([90.0, 91, 92]))
    t = np.sqrt(12)
    assert found.p_value == pytest.approx(1 - t / np.sqrt(2 + t**2))
    assert found.difference.mean == 2


def test_one_seed_and_equal_differences_are_not_tested():
    one = compare(np.array([98.0]), np.array([97.0]))
    assert one.difference.mean == 1
    assert np.isnan(one.p_value)
    same = compare(np.array([98.0, 97.0]), np.array([97.0, 96.0]))
    assert same.difference == (1, 1, 1)
    assert np.isnan(same.p_value)


def test_differences_that_only_rounding_parts_are_equal():
    ours, reference = np.array([0.3, 0.8]), np.array([0.1, 0.6])
    assert np.ptp(ours - reference) > 0
    assert np.isnan(compare(ours, reference).p_value)
    assert np.isnan(compare(np.zeros(3), np.zeros(3)).p_value)
