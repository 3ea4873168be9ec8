"""The stated error of an energy holds the true energy, and is not much too wide."""

import numpy as np
import pytest

from spikemeter.metering.energy_error import estimate_error
from spikemeter.metering.power_sensors import (
    LARGEST_GAIN_PCT,
    PowerSensor,
    describe_sensor,
)
from tests.metering.simulated_power import IDLE_W, LOADS, constant, locked, meter

SENSORS = {
    "whole": describe_sensor(None, "Ada", "instant, board"),
    "last second": describe_sensor(None, "Ada", "PowerUsage"),
    "part-time": describe_sensor("NVIDIA H100 PCIe", "Hopper", "instant, board"),
}


def judge(sensor, load, seconds, rng, counter):
    """Return the relative error of a phase's energy, and the stated half-width."""
    found = meter(sensor, load, seconds, rng)
    counted_j = found.counted_j if counter else None
    error = estimate_error(
        sensor, found.power_w, seconds, counted_j, found.sampled_j, sensor.part_time
    )
    energy_j = found.counted_j if counter else found.sampled_j
    stated = error.total_j(energy_j)
    return abs(energy_j - found.true_j) / found.true_j, stated / found.true_j


def judge_phases(sensor, counter):
    """Judge 1,000 phases: six loads of 2, 10 and 100 s."""
    rng = np.random.default_rng(12)
    phases = [(load, s) for load in LOADS for s in (2, 10, 100)] * 56
    rng.shuffle(phases)
    return np.array([judge(sensor, *phase, rng, counter) for phase in phases[:1000]]).T


@pytest.mark.parametrize("counter", [True, False], ids=["counter", "samples"])
@pytest.mark.parametrize("name", SENSORS)
def test_the_stated_error_covers_what_it_says(name, counter):
    errors, stated = judge_phases(SENSORS[name], counter)
    covered = np.mean(errors <= stated)
    assert 0.93 <= covered <= 0.98
    # An enormous error would hold everything, and be no answer.
    assert np.median(stated) <= 1.5 * np.quantile(errors, covered)


@pytest.mark.parametrize("counter", [True, False], ids=["counter", "samples"])
@pytest.mark.parametrize("name", SENSORS)
def test_the_rest_covers_it_in_ratios_where_the_gain_cancels(name, counter):
    errors, stated = judge_phases(SENSORS[name]._replace(gain_pct=0.0), counter)
    rounding = 1e-12  # of a constant load, which has no other error
    assert np.mean(errors <= stated + rounding) >= 0.95
    assert np.median(stated) < (0.06 if SENSORS[name].part_time else 0.01)


@pytest.mark.parametrize("name", SENSORS)
def test_a_load_that_starts_cold_is_within_its_error(name):
    """A mean of the last second is 20 % short after 2 s."""
    rng = np.random.default_rng(0)
    sensor = SENSORS[name]._replace(gain_pct=0.0)
    found = meter(sensor, constant, 2, rng, warm_up_s=0.0)
    stated = estimate_error(sensor, found.power_w, 2, None, found.sampled_j, True)
    short_j = found.true_j - found.sampled_j
    assert abs(short_j) < stated.total_j(found.sampled_j)
    if name == "last second":
        assert 0.15 < short_j / found.true_j < 0.25


def test_a_load_in_step_with_a_part_time_sensor_needs_shifts():
    sensor = SENSORS["part-time"]._replace(gain_pct=0.0)
    power_w = [130.0] * 101
    in_step, shifted = (
        estimate_error(sensor, power_w, 10, None, 1300.0, shifted).total_j(1300.0)
        for shifted in (False, True)
    )
    assert in_step == pytest.approx(0.20 * 1300, rel=0.01)
    assert shifted == pytest.approx(0.05 * 1300, rel=0.01)
    rng = np.random.default_rng(3)
    residuals = [
        found.sampled_j / found.true_j - 1
        for found in (meter(sensor, locked, 10, rng) for _ in range(50))
    ]
    assert np.abs(residuals).max() < 0.05


def test_two_energies_that_disagree_widen_the_error():
    sensor = describe_sensor(None, "Ada", "instant, board")._replace(gain_pct=0.0)
    one, other = (
        estimate_error(sensor, [100.0] * 101, 10, 1000.0, sampled_j).other_j
        for sampled_j in (1000.0, 1300.0)
    )
    assert other > one + 0.5 * (1300 - 1000) / 2


def test_the_gain_is_a_share_of_the_energy():
    sensor = PowerSensor(update_s=0.1, window_s=0.1, gain_pct=12.7)
    error = estimate_error(sensor, [IDLE_W] * 101, 10, 250.0, 250.0)
    assert error.gain == pytest.approx(0.127)
    assert error.total_j(250.0) == pytest.approx(0.127 * 250, rel=0.01)
    assert error.total_j(0.0, 3.0) == pytest.approx(np.hypot(error.other_j, 3.0))


@pytest.mark.parametrize(
    ("board", "architecture", "field", "expected"),
    [
        ("NVIDIA GeForce RTX 3060 Ti", "Ampere", "instant, board", (0.1, 0.1, 12.7)),
        ("NVIDIA GeForce RTX 3070 Ti", "Ampere", "PowerUsage", (0.1, 1.0, 3.6)),
        ("NVIDIA A100-SXM4-40GB", "Ampere", "PowerUsage", (0.1, 0.025, 5.8)),
        ("NVIDIA H100 PCIe", "Hopper", "instant, board", (0.1, 0.025, 12.7)),
        ("NVIDIA A1000", "Ampere", "instant, board", (0.1, 0.1, 12.7)),
        ("NVIDIA B200", "Blackwell", "instant, board", (0.1, 0.025, 12.7)),
        ("Tesla V100-SXM2-16GB", "Volta", "PowerUsage", (0.02, 0.01, 12.7)),
        (None, None, None, (0.1, 0.025, LARGEST_GAIN_PCT)),
    ],
)
def test_a_board_has_its_own_sensor_or_the_worst_known(
    board, architecture, field, expected
):
    assert describe_sensor(board, architecture, field) == expected
