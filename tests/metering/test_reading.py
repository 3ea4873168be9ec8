import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikemeter.metering.reading import Mark, Window, summarise
from spikemeter.metering.source import Sample, Source, UnavailableError


def window(points, end_s, interval_s=0.1):
    samples = [Sample(time_s, power_w=power_w) for time_s, power_w in points]
    ends = Mark(0, "no counter", 0), Mark(end_s, "no counter", 0)
    return Window(*ends, samples, Source(), interval_s=interval_s)


@pytest.mark.parametrize(
    ("points", "joules"),
    [
        ([(0, 10), (1, 30), (2, 30)], 50),
        ([(0.5, 10), (1.5, 10)], 20),  # the first and last power hold to the ends
        ([(-1, 10), (1, 10), (5, 10)], 20),  # samples beyond the ends count there
    ],
)
def test_trapezoid(points, joules):
    assert window(points, 2).sampled_j == joules


@given(st.lists(st.floats(1, 500), min_size=11, max_size=11))
def test_energy_lies_between_least_and_most_power(powers):
    energy_j = window([(i / 10, power) for i, power in enumerate(powers)], 1).sampled_j
    assert min(powers) * 0.999 <= energy_j <= max(powers) * 1.001


@pytest.mark.parametrize(
    ("points", "gap"),
    [
        ([(0, 10), (2, 10), (3.5, 10)], "2.0"),
        ([(0, 10), (1, None), (2, 10), (3, 10)], "2.0"),
        ([(0, 10), (1, 10), (2, None)], "2.5"),
    ],
)
def test_gap_is_not_bridged(points, gap):
    with pytest.raises(UnavailableError, match=f"no power sample for {gap} s"):
        _ = window(points, 3.5, 0.5).sampled_j


@pytest.mark.parametrize("points", [[], [(0, None)]])
def test_no_power_at_all(points):
    with pytest.raises(UnavailableError, match="not sampled"):
        _ = window(points, 3.5).sampled_j


@pytest.mark.parametrize(
    ("start_j", "end_j", "reason"),
    [
        ("why", 5.0, "why"),
        (5.0, "why", "why"),
        (5.0, 5.0, "did not advance"),
        (5.0, 1.0, "went backwards, by 4 J"),
    ],
)
def test_counter_that_cannot_be_trusted(start_j, end_j, reason):
    found = Window(Mark(0, start_j, 0), Mark(5, end_j, 0), [], Source())
    with pytest.raises(UnavailableError, match=reason):
        _ = found.counter_j


@pytest.mark.parametrize(
    ("others_s", "share_pct"),
    [(2, 25), (-0.01, 0), (20, 100)],  # rounding may take a little
)
def test_share_of_all_processors(monkeypatch, others_s, share_pct):
    monkeypatch.setattr("psutil.cpu_count", lambda: 4)
    found = Window(Mark(0, 0.0, 10), Mark(2, 1.0, 10 + others_s), [], Source())
    assert summarise(found).others_cpu_pct == share_pct
