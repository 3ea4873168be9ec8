import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikemeter.metering.source import Sample, UnavailableError
from spikemeter.metering.window_energy import compute_counted_j, integrate_sampled_j


def samples(*points):
    return [Sample(time_s, power_w=power_w) for time_s, power_w in points]


@pytest.mark.parametrize(
    ("points", "joules"),
    [
        ([(0, 10), (1, 30), (2, 30)], 50),
        ([(0.5, 10), (1.5, 10)], 20),  # the first and last power hold to the ends
        ([(-1, 10), (1, 10), (5, 10)], 20),  # samples beyond the ends count there
    ],
)
def test_trapezoid(points, joules):
    assert integrate_sampled_j(samples(*points), 0, 2, 1.0) == joules


@given(st.lists(st.floats(1, 500), min_size=11, max_size=11))
def test_energy_lies_between_least_and_most_power(powers):
    points = [(i / 10, power) for i, power in enumerate(powers)]
    energy = integrate_sampled_j(samples(*points), 0, 1, 1.0)
    assert min(powers) * 0.999 <= energy <= max(powers) * 1.001


@pytest.mark.parametrize(
    ("points", "gap"),
    [
        ([(0, 10), (2, 10), (3.5, 10)], "2.0"),
        ([(0, 10), (1, None), (2, 10), (3, 10)], "2.0"),
        ([(0, 10), (1, 10), (2, None)], "2.5"),
        ([(0, None)], "3.5"),
        ([], "3.5"),
    ],
)
def test_gap_is_not_bridged(points, gap):
    with pytest.raises(UnavailableError, match=f"no power sample for {gap} s"):
        integrate_sampled_j(samples(*points), 0, 3.5, 1.5)


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [
        ("why", 5.0, "why"),
        (5.0, "why", "why"),
        (5.0, 5.0, "did not advance"),
        (5.0, 1.0, "went backwards, by 4 J"),
    ],
)
def test_counter_that_cannot_be_trusted(start, end, reason):
    with pytest.raises(UnavailableError, match=reason):
        compute_counted_j(start, end)
