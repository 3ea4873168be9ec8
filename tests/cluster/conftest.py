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
NOT_TESTED = "NOT TESTED: the study on a SLURM cluster made on this machine"
COMMAND = (
    *(sys.executable, "-m", "snakemake", "--profile", "profiles/slurm"),
    # This cluster has no accounting, and its jobs last seconds.
    *("--slurm-status-command", "squeue"),
    *("--slurm-init-seconds-before-status-checks", "5"),
)


def pytest_terminal_summary(terminalreporter):
    """Report once what was not tested, and why."""
    skipped = (report.longrepr[2] for report in terminalreporter.getreports("skipped"))
    for reason in {reason for reason in skipped if NOT_TESTED in reason}:
        terminalreporter.write_line(reason)


@pytest.fixture(scope="session")
def cluster():
    """The cluster, which is always stopped at the end."""
    if reason := obstacle():
        pytest.skip(f"{NOT_TESTED}: {reason}")
    with tempfile.TemporaryDirectory(prefix="slurm-") as folder:
        Path(folder).chmod(0o755)  # munged requires that everyone can read its folder
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
    """The study run without the cluster; do not change it."""
    study = six.copy(tmp_path_factory.mktemp("local") / "study")
    outcome = study.run(TABLES)
    assert outcome.code == 0, outcome.text
    return study


class Submitted:
    """Snakemake submitting jobs to the cluster, with trainings that pause on request.

    As a context manager it kills Snakemake at the end of the block.

    Parameters
    ----------
    study : Study
    held : dict of str
        For each network a text that only its printed description contains. Its training
        pauses after the first checkpoint until :meth:`let_go`.
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
        """Everything that Snakemake printed."""
        return (self.study / "terminal.txt").read_text()

    def is_held(self, network: str) -> bool:
        """Return whether a training has paused."""
        return (self.study / f"hold/{network}").exists()

    def let_go(self, network: str) -> None:
        """Let a paused training continue."""
        (self.study / f"hold/{network}.go").touch()

    def finish(self) -> int:
        """Wait for the end and return the exit status."""
        return self.process.wait(900)
