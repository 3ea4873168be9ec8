import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
import torch

from spikemeter.metering.host import Host
from spikemeter.metering.machine import read_others_s
from spikemeter.metering.meter import Meter
from spikemeter.metering.source import UnavailableError

from .conftest import UnthreadedMeter

RANGE_UJ = 262_143_328_850  # of a common processor
WORK = "import time\nwhile time.process_time() < 1.2: pass"


def make_zone(root, energy_uj, folder="intel-rapl:0", name="package-0"):
    zone = root / folder
    zone.mkdir(parents=True)
    (zone / "name").write_text(f"{name}\n")
    (zone / "max_energy_range_uj").write_text(f"{RANGE_UJ}\n")
    (zone / "energy_uj").write_text(f"{energy_uj}\n")
    return zone / "energy_uj"


class Machine:
    """A package of known power, and the clock that drives it."""

    def __init__(self, root, power_w):
        self.counter = make_zone(root, 0)
        self.power_w = power_w
        self.now_s = 0.0

    def clock(self):
        return self.now_s

    def advance(self, seconds):
        self.now_s += seconds
        self.counter.write_text(str(round(self.now_s * self.power_w * 1e6)))


def measure(root, machine, seconds):
    with (
        UnthreadedMeter(torch.device("cpu"), 0.1, Host(root), machine.clock) as meter,
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


def test_packages_add_up_and_inner_zones_do_not_count(tmp_path):
    zones = {"0": "package-0", "1": "package-1", "0:0": "core", "2": "psys"}
    counters = [
        make_zone(tmp_path, 0, f"intel-rapl:{number}", name)
        for number, name in zones.items()
    ]
    host = Host(tmp_path)
    assert host.energy_j() == 0
    for counter in counters:
        counter.write_text("1000000")
    assert host.energy_j() == 2.0


def test_wrapping_counter(tmp_path):
    counter = make_zone(tmp_path, RANGE_UJ - 2_000_000)
    host = Host(tmp_path)
    for energy_uj in (RANGE_UJ - 1_000_000, 1_000_000, 4_000_000):
        counter.write_text(str(energy_uj))
        host.energy_j()
    assert host.energy_j() == 6.0


def test_counter_set_back_is_no_energy_any_more(tmp_path):
    counter = make_zone(tmp_path, 9_000_000)
    host = Host(tmp_path)
    counter.write_text("1000000")
    for _ in range(2):
        with pytest.raises(UnavailableError, match="intel-rapl:0 was set back"):
            host.energy_j()


@pytest.mark.parametrize(
    ("stopped_s", "used_j"), [(200.0, 20_000.0), (300.0, None), (3000.0, None)]
)
def test_a_counter_that_may_have_wrapped_while_stopped_gives_no_energy(
    tmp_path, stopped_s, used_j
):
    """At 100 W it wraps in 2621 s, at the most that a package draws in 262 s."""
    counter, now_s = make_zone(tmp_path, RANGE_UJ - 1_000_000), [0.0]
    host = Host(tmp_path, lambda: now_s[0])
    now_s[0] = stopped_s
    uj = RANGE_UJ - 1_000_000 + round(100e6 * stopped_s)
    counter.write_text(str(uj % RANGE_UJ))
    if used_j is not None:
        assert host.energy_j() == used_j
        return
    for _ in range(2):
        why = f"not read for {stopped_s:.0f} s and may have wrapped"
        with pytest.raises(UnavailableError, match=why):
            host.energy_j()


def test_unreadable(tmp_path, monkeypatch):
    counter = make_zone(tmp_path, 0)
    read_text = type(counter).read_text

    def refuse(path, **options):  # a mode of 0 would not stop root
        if path == counter:
            raise PermissionError(13, "Permission denied")
        return read_text(path, **options)

    monkeypatch.setattr(type(counter), "read_text", refuse)
    message = f"RAPL not readable: permission denied: {counter}"
    with pytest.raises(UnavailableError, match=message):
        Host(tmp_path).energy_j()


@pytest.mark.parametrize("text", ["", "-5", "1e6", "garbage"])
def test_garbage(tmp_path, text):
    make_zone(tmp_path, text)
    with pytest.raises(UnavailableError, match="is no count"):
        Host(tmp_path).energy_j()


def test_what_another_process_computes_counts():
    before_s = read_others_s()
    with Meter(torch.device("cpu")) as meter, meter.phase("work") as phase:
        subprocess.run([sys.executable, "-c", WORK], check=True)
    assert read_others_s() - before_s >= 1.15  # counted in steps of 0.01 s
    assert 0 < phase.reading.others_cpu_pct <= 100


def test_what_this_process_computes_does_not_count(monkeypatch):
    times = SimpleNamespace(user=100.0, idle=900.0, steal=5.0, guest=40.0)
    monkeypatch.setattr("psutil.cpu_times", lambda: times)
    before_s = read_others_s()
    start_s = time.process_time()
    while time.process_time() - start_s < 0.1:
        pass
    times.user += time.process_time() - start_s
    assert read_others_s() - before_s == pytest.approx(0, abs=0.01)
    times.steal += 2.0  # of another machine on the same hardware
    times.idle += 50.0
    assert read_others_s() - before_s == pytest.approx(2, abs=0.01)
