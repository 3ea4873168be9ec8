import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
import torch

from spikemeter.metering.machine import read_others_s
from spikemeter.metering.meter import Meter

WORK = "import time\nwhile time.process_time() < 1.2: pass"


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
