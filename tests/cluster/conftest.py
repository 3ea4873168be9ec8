"""A cluster of two nodes, and the study run locally and through it."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster, obstacle
from tests.workflow.study import ROOT, TABLES, Study

INJECT = ROOT / "tests/faults/inject"
NOT_TESTED = "NOT TESTED was the study on a SLURM cluster made on this machine"
COMMAND = (
    *(sys.executable, "-m", "snakemake", "--profile", "profiles/slurm"),
    # This cluster has no accounting, and its jobs last seconds.
    *("--slurm-status-command", "squeue"),
    *("--slurm-init-seconds-before-status-checks", "5"),
)


def pytest_terminal_summary(terminalreporter):
    """Say once what was not tested, and why."""
    skipped = (report.longrepr[2] for report in terminalreporter.getreports("skipped"))
    for reason in {reason for reason in skipped if NOT_TESTED in reason}:
        terminalreporter.write_line(reason)


@pytest.fixture(scope="session")
def cluster():
    """The cluster, taken down again whatever happens."""
    if reason := obstacle():
        pytest.skip(f"{NOT_TESTED}: {reason}")
    with tempfile.TemporaryDirectory(prefix="slurm-") as folder:
        Path(folder).chmod(0o755)  # munged wants its own folder open to all
        made = Cluster(Path(folder, "cluster"))
        try:
            made.start()
            yield made
        finally:
            made.stop()


@pytest.fixture(scope="session")
def six(unrun, tmp_path_factory):
    """The workflow with the paper's six networks, before its first run."""
    study = unrun.copy(tmp_path_factory.mktemp("six") / "study")
    (recordings,) = re.findall(
        r"directory: (/\S+?)}", (study / "config.yaml").read_text()
    )
    config = Path(__file__).with_name("study.yaml").read_text()
    (study / "config.yaml").write_text(config.replace("RECORDINGS", recordings))
    return study


@pytest.fixture(scope="session")
def local(cluster, six, tmp_path_factory):
    """The study run without the cluster; not to be changed."""
    study = six.copy(tmp_path_factory.mktemp("local") / "study")
    outcome = study.run(TABLES)
    assert outcome.code == 0, outcome.text
    return study


class Submitted:
    """Snakemake that sends jobs to the cluster, and trainings held in between.

    As a context it is killed at the end of the block, should it still run.

    Parameters
    ----------
    study : Study
    held : dict of str
        By network: what the settings of no other one hold, as they are printed. Its
        training is held after its first checkpoint until :meth:`let_go`.
    arguments : str
        Of Snakemake.
    """

    def __init__(self, study: Study, held: dict[str, str], *arguments: str) -> None:
        self.study = study
        (study / "hold").mkdir(exist_ok=True)
        faults = [
            {
                "script": "train",
                "at": "spikemeter.training.history:History.keep_best",
                "match": settings,
                "call": 2,
                "do": "hold",
                "reached": str(study / f"hold/{network}"),
                "go": str(study / f"hold/{network}.go"),
            }
            for network, settings in held.items()
        ]
        environment = {"PYTHONPATH": str(INJECT), "FAULTS": json.dumps(faults)}
        with (study / "terminal.txt").open("w") as terminal:
            self.process = subprocess.Popen(
                [*COMMAND, *arguments],
                cwd=study.folder,
                env=os.environ | environment,
                stdout=terminal,
                stderr=subprocess.STDOUT,
            )

    def __enter__(self) -> "Submitted":
        return self

    def __exit__(self, *_failure: object) -> None:
        self.process.kill()
        self.process.wait()

    @property
    def text(self) -> str:
        """What Snakemake wrote."""
        return (self.study / "terminal.txt").read_text()

    def is_held(self, network: str) -> bool:
        """Tell whether a training has come to where it is held."""
        return (self.study / f"hold/{network}").exists()

    def let_go(self, network: str) -> None:
        """Hold no training of a network any more."""
        (self.study / f"hold/{network}.go").touch()

    def finish(self) -> int:
        """Wait for the end and return the exit status."""
        return self.process.wait(900)
