"""Intervals over seeds, of a test accuracy, and the comparison of paired seeds."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats  # type: ignore[import-untyped]

LEVEL = 0.95
PAIRED_TEST = "paired t-test"
# Values that are equal except for rounding differ by a smaller share of themselves; and
# the decimals of a difference that are more than rounding.
ROUNDING, DECIMALS = 1e-12, 9

Values = npt.NDArray[np.float64]


class Interval(NamedTuple):
    """A mean over seeds and its 95 % interval, NaN if there is none."""

    mean: float
    low: float
    high: float


def t_interval(values: Values) -> Interval:
    """Return the mean of one value per seed, with Student's t interval.

    There is no interval for one seed, nor for seeds that all give the same value:
    their spread is not known, which is not zero. A seed without a value leaves no mean.
    """
    count, mean = len(values), float(np.mean(values))
    if np.isnan(mean) or are_equal(values):
        return Interval(mean, np.nan, np.nan)
    error = float(np.std(values, ddof=1)) / np.sqrt(count)
    half = float(stats.t.ppf((1 + LEVEL) / 2, count - 1)) * error
    return Interval(mean, mean - half, mean + half)


def ratio_interval(
    ours: Values, reference: Values | float = 1.0, error: float = np.nan
) -> Interval:
    """Return the geometric mean of ratios, seed by seed, with its interval.

    The t interval of the ratios' logarithms: no ratio is below zero, and that of the
    reference to ours is its inverse. Arrays of shape (seeds,) are positive, or NaN;
    without a reference, ``ours`` are the ratios. ``error`` is of every seed, as a share
    of the ratio, see :func:`widen`.
    """
    mean, low, high = np.exp(widen(t_interval(np.log(ours / reference)), error))
    return Interval(float(mean), float(low), float(high))


def widen(interval: Interval, half: float) -> Interval:
    """Return an interval with an error of its mean that does not depend on the seeds.

    Parameters
    ----------
    interval : Interval
        Over the seeds; NaN ends if there is none.
    half : float
        Half-width of the error's 95 % interval; NaN changes nothing.

    Examples
    --------
    >>> widen(Interval(10.0, 7.0, 13.0), 4.0)
    Interval(mean=10.0, low=5.0, high=15.0)
    """
    if np.isnan(half):
        return interval
    spread = 0.0 if np.isnan(interval.high) else interval.high - interval.mean
    both = float(np.hypot(spread, half))
    return Interval(interval.mean, interval.mean - both, interval.mean + both)


def wilson(accuracy: float, samples: int) -> tuple[float, float]:
    """Return the 95 % interval of an accuracy on a test set of so many samples.

    The accuracy is a share, 0 to 1, of several seeds their mean; the samples are those
    of the test set, however many seeds saw it.

    References
    ----------
    Wilson 1927, Probable inference, doi:10.1080/01621459.1927.10502953
    """
    z2 = float(stats.norm.ppf((1 + LEVEL) / 2)) ** 2
    centre = (accuracy + z2 / (2 * samples)) / (1 + z2 / samples)
    spread = accuracy * (1 - accuracy) / samples + z2 / (4 * samples**2)
    half = float(np.sqrt(z2 * spread)) / (1 + z2 / samples)
    return max(centre - half, 0.0), min(centre + half, 1.0)


def paired_p(ours: Values, reference: Values) -> float:
    """Return the p value of a paired t-test of two networks, two-sided.

    The arrays have the same seeds in the same order. NaN for one seed, and if all
    differences are the same.
    """
    if are_equal(differences(ours, reference)):
        return np.nan
    return float(stats.ttest_rel(ours, reference).pvalue)


def differences(ours: Values, reference: Values) -> Values:
    """Return differences seed by seed, rounded so that equal ones are equal."""
    return np.round(ours - reference, DECIMALS)


def are_equal(values: Values) -> bool:
    """Tell whether values are the same except for rounding; one alone is."""
    return bool(np.ptp(values) <= ROUNDING * np.max(np.abs(values)))
