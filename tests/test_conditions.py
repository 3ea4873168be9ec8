import pytest

from spikemeter.provenance import read_job


@pytest.fixture(autouse=True)
def _no_cluster(monkeypatch):
    for name in ("JOB_ID", "JOB_GPUS", "STEP_GPUS"):
        monkeypatch.delenv(f"SLURM_{name}", raising=False)
    monkeypatch.delenv("SLURMD_NODENAME", raising=False)


def test_a_process_of_its_own_is_no_job():
    assert read_job() == {"job": None}


@pytest.mark.parametrize(
    ("given", "gpus"),
    [({}, None), ({"JOB_GPUS": "0,1"}, "0,1"), ({"STEP_GPUS": "1"}, "1")],
)
def test_a_job_of_slurm(monkeypatch, given, gpus):
    monkeypatch.setenv("SLURMD_NODENAME", "node7")
    for name, value in {"JOB_ID": "12", **given}.items():
        monkeypatch.setenv(f"SLURM_{name}", value)
    job = {"scheduler": "slurm", "job_id": "12", "node": "node7", "gpus": gpus}
    assert read_job() == {"job": job}
