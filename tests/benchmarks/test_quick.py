"""The quick form, from the embedded digits to the report."""

from dataclasses import asdict, replace

import pytest
from benchmarks import __main__ as command
from benchmarks import bundles, measurements, side_by_side
from benchmarks.workloads import QUICK

SMALL = replace(QUICK["fc"], batch=4, updates=3, training_batch=8)


def test_a_network_is_trained_once_and_timed(tmp_path, monkeypatch):
    monkeypatch.delenv("SPIKEMETER_DATA", raising=False)
    made = bundles.make(asdict(SMALL), str(tmp_path), "cpu")
    assert made["data"] == "MNIST sample"
    assert len(made["densities"]) == 3
    assert 0.1 < made["densities"][0] < 0.2
    monkeypatch.setattr(bundles, "_train", None)
    assert bundles.make(asdict(SMALL), str(tmp_path), "cpu") == made
    names = ["snntorch", "reference"]
    found = side_by_side.measure(names, made["path"], SMALL.batch, "cpu", 0.0)
    assert found["agreement"]["reference"]["differing"] == 0
    assert len(found["seconds"]["snntorch"]["train_s"]) >= 3


@pytest.mark.slow
def test_the_command_writes_its_report(tmp_path, monkeypatch):
    effort = replace(measurements.SHORT, workloads={"fc": SMALL}, together_s=0.0)
    monkeypatch.setattr(command, "SHORT", effort)
    monkeypatch.setattr(command, "FOLDER", tmp_path)
    monkeypatch.setattr(measurements, "FOLDER", tmp_path)
    path = tmp_path / "benchmarks.md"
    monkeypatch.setattr("sys.argv", ["benchmarks", "--quick", "--output", str(path)])
    command.main()
    text = path.read_text()
    assert "times as fast** as snnTorch" in text
    assert "Not measured" not in text
    assert (tmp_path / "results.json").exists()
