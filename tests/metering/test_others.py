import subprocess
import sys
import time

import pytest
import torch

from spikemeter.metering.meter import Meter
from spikemeter.metering.others import compute_share_pct, read_others_s

WORK = "import time\nwhile time.process_time() < {}: pass"


def compute(seconds):
    start_s = time.process_time()
    while time.process_time() - start_s < seconds:
        pass


def test_what_another_process_computes_counts():
    before_s = read_others_s()
    subprocess.run([sys.executable, "-c", WORK.format(1.0)], check=True)
    assert read_others_s() - before_s >= 0.95  # counted in steps of 0.01 s


def test_what_this_process_computes_does_not_count(monkeypatch):
    busy = {"user": 100.0, "idle": 900.0, "steal": 5.0, "guest": 40.0}
    times = type("Times", (), busy)
    monkeypatch.setattr("psutil.cpu_times", lambda: times)
    before_s = read_others_s()
    start_s = time.process_time()
    compute(0.1)
    times.user += time.process_time() - start_s
    assert read_others_s() - before_s == pytest.approx(0, abs=0.01)
    times.steal += 2.0  # of another machine on the same hardware
    times.idle += 50.0
    assert read_others_s() - before_s == pytest.approx(2, abs=0.01)


def test_share_of_all_processors(monkeypatch):
    monkeypatch.setattr("psutil.cpu_count", lambda: 4)
    assert compute_share_pct(10, 12, 2.0) == 25
    assert compute_share_pct(10, 9.99, 2.0) == 0  # what rounding takes
    assert compute_share_pct(10, 30, 2.0) == 100


def test_a_phase_tells_it_and_a_short_one_why_not():
    with Meter(torch.device("cpu")) as meter:
        with meter.phase("long") as long:
            subprocess.run([sys.executable, "-c", WORK.format(1.2)], check=True)
        with meter.phase("short") as short:
            pass
    assert 0 < long.reading.others_cpu_pct <= 100
    assert short.reading.others_cpu_pct is None
    assert short.reading.missing["others_cpu_pct"] == "shorter than 1 s"
