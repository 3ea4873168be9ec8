import pytest
import torch

from spikemeter.metering.host import Host
from spikemeter.metering.source import UnavailableError

from .conftest import UnthreadedMeter
from .test_rapl import make_zone


class Machine:
    """A package of known power, and the clock that drives it."""

    def __init__(self, root, power_w):
        self.counter = make_zone(root, "intel-rapl:0", "package-0", 0)
        self.power_w = power_w
        self.now_s = 0.0

    def clock(self):
        return self.now_s

    def advance(self, seconds):
        self.now_s += seconds
        self.counter.write_text(str(round(self.now_s * self.power_w * 1e6)))


def measure(root, machine, seconds):
    host = Host(root)
    cpu = torch.device("cpu")
    with (
        UnthreadedMeter(cpu, board=host, clock=machine.clock) as meter,
        meter.phase("train") as phase,
    ):
        for _ in range(round(seconds / 0.1)):
            machine.advance(0.1)
            meter.sample()
    return meter, phase.reading


def test_package_energy(tmp_path):
    meter, reading = measure(tmp_path, Machine(tmp_path, 20), 5.0)
    assert meter.can_meter_energy
    assert (reading.energy_source, reading.energy_j) == ("rapl", pytest.approx(100))
    assert reading.power_w == pytest.approx(20)
    assert reading.power_max_w == pytest.approx(20)
    assert reading.energy_sampled_j is None
    assert "same counter" in reading.missing["energy_sampled_j"]


def test_package_counter_that_stands_still(tmp_path):
    _, reading = measure(tmp_path, Machine(tmp_path, 0), 5.0)
    assert reading.energy_j is None
    assert "did not advance" in reading.missing["energy_j"]


def test_without_rapl_memory_is_read_all_the_same(tmp_path):
    host = Host(tmp_path)
    sample = host.sample(0.0)
    assert sample["power_w"] is None
    assert sample["process_bytes"] > 0
    assert host.reason("power_w") == "no RAPL on this machine"
    assert not host.meters_energy
    with pytest.raises(UnavailableError, match="no RAPL"):
        host.energy_j()


def test_no_power_from_two_samples_at_once(tmp_path):
    machine = Machine(tmp_path, 20)
    host = Host(tmp_path)
    powers = []
    for seconds in (0.1, 0.001, 0.099):
        machine.advance(seconds)
        powers.append(host.sample(machine.now_s)["power_w"])
    assert powers == [None, None, pytest.approx(20)]
