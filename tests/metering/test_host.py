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


def test_a_reload_above_half_the_range_is_no_wrap(tmp_path):
    """A counter 62,113 J below its end starts again: 150 J in 3 s, and not 62,213 J."""
    machine = Machine(tmp_path, 50)
    before_uj = RANGE_UJ - 62_113_000_000

    def advance(seconds):
        machine.now_s += seconds
        since_uj = round(machine.now_s * 50e6)
        reloaded = machine.now_s > 1
        now_uj = since_uj - 50_000_000 if reloaded else before_uj + since_uj
        machine.counter.write_text(str(now_uj))

    machine.advance = advance
    advance(0)
    _, reading = measure(tmp_path, machine, 3.0)
    assert (reading.energy_j, reading.power_w) == (None, None)
    assert reading.missing["energy_j"].startswith(
        "the RAPL counter intel-rapl:0 was set back"
    )
    assert reading.power_max_w == pytest.approx(50)


@pytest.mark.parametrize("name", ["package-0", "dram"])
def test_a_range_of_0_gives_no_number(tmp_path, name):
    counter = make_zone(tmp_path, 5_000_000, "intel-rapl:0", name)
    (counter.parent / "max_energy_range_uj").write_text("0\n")
    host = Host(tmp_path)
    read = host.dram_j if name == "dram" else host.energy_j
    counter.write_text("6000000")
    with pytest.raises(UnavailableError, match="not readable: a range of 0"):
        read()
    assert host.sample(1.0)["power_w"] is None
    assert not host.meters_energy


def test_domains_are_read_apart_and_named(tmp_path):
    zones = {"0": "package-0", "0:0": "core", "0:1": "dram", "1": "psys"}
    counters = {
        name: make_zone(tmp_path, 0, f"intel-rapl:{number}", name)
        for number, name in zones.items()
    }
    joules = {"package-0": 50, "dram": 7, "core": 40, "psys": 90}
    now_s = 0.0
    host = Host(tmp_path, lambda: now_s)
    with UnthreadedMeter(torch.device("cpu"), 0.1, host, lambda: now_s) as meter:
        with meter.phase("train") as phase:
            for _ in range(20):
                now_s += 0.1
                for name, counter in counters.items():
                    counter.write_text(str(round(now_s * joules[name] * 1e6)))
                meter.sample()
        conditions = meter.conditions()
    assert phase.reading.energy_j == pytest.approx(100)
    assert phase.reading.dram_energy_j == pytest.approx(14)
    assert conditions["energy_domains"] == [
        "intel-rapl:0 package-0",
        "intel-rapl:0:1 dram",
    ]


def test_memory_modules_that_are_not_counted(tmp_path):
    _, reading = measure(tmp_path, Machine(tmp_path, 20), 2.0)
    assert reading.dram_energy_j is None
    assert reading.missing["dram_energy_j"] == "RAPL counts no dram on this machine"
    assert reading.energy_j == pytest.approx(40)


@pytest.mark.parametrize("in_pause_j", [5000, -30])
def test_a_pause_is_in_neither_seconds_nor_energy(tmp_path, in_pause_j):
    """Others draw 200 W for 25 s, or a machine sets its counter back as it sleeps."""
    machine = Machine(tmp_path, 20)
    host = Host(tmp_path, machine.clock)
    used_j = 0.0
    with (
        UnthreadedMeter(torch.device("cpu"), 0.1, host, machine.clock) as meter,
        meter.phase("train") as phase,
    ):
        for step in range(40):
            paused = step == 20
            machine.now_s += 25 if paused else 0.1
            used_j += in_pause_j if paused else 2
            machine.counter.write_text(str(round(used_j * 1e6)))
            meter.sample()
    reading = phase.reading
    assert reading.seconds == pytest.approx(3.9, abs=0.01)
    assert reading.paused_s == pytest.approx(25, abs=0.01)
    assert reading.energy_j == pytest.approx(78)
    assert reading.power_w == pytest.approx(20, rel=0.01)
    assert reading.power_max_w == pytest.approx(20)
    assert reading.missing["others_cpu_pct"] == "others went on in a pause"
    assert reading.notes[0].startswith("stopped or asleep for 25.0 s")


@pytest.mark.parametrize("limit_bytes", [None, 2**40, 2**30])
def test_memory_is_in_percent_of_the_limit(tmp_path, monkeypatch, limit_bytes):
    module = "spikemeter.metering.host"
    monkeypatch.setattr(f"{module}.read_memory_limit_bytes", lambda: limit_bytes)
    machine = SimpleNamespace(total=2**33)
    monkeypatch.setattr(f"{module}.psutil.virtual_memory", lambda: machine)
    sample = Host(tmp_path).sample(0.0)
    most_bytes = 2**30 if limit_bytes == 2**30 else 2**33
    assert sample["memory_pct"] == 100 * sample["process_bytes"] / most_bytes


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
