"""A cluster of two nodes, and the study run locally and through it."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import yaml

from tests.cluster.cluster import Cluster, obstacle
from tests.faults.causes import environment, hold
from tests.workflow.study import ROOT, TABLES, Study

KEPT = "spikemeter.training.checkpoint:History.keep_best"
NOT_TESTED = "NOT TESTED: the study on a SLURM cluster made on this machine"
COMMAND = (
    *(sys.executable, "-m", "snakemake", "--profile", "profiles/slurm"),
    # This cluster has no accounting, and its jobs last seconds.
    *("--slurm-status-command", "squeue"),
    *("--slurm-init-seconds-before-status-checks", "5"),
)
NETWORKS = (
    *("exp1_ann", "exp1_snn", "exp2_cnn", "exp2_snn"),
    *("exp3_snn_mnist", "exp3_snn_nmnist"),
)
# The quick study on so few samples that a network trains in seconds.
SMALL = {
    "cpu_threads": 1,
    "training__engine": "snntorch",
    "training__batch_size": 16,
    "inputs__nmnist__window_us": 30000,
    "inputs__nmnist__steps": 10,
    "figures__dpi": 50,
    **{
        f"inputs__{name}__{part}_samples": count
        for name in ("mnist28", "mnist32", "cifar10", "nmnist")
        for part, count in {"train": 20, "test": 10}.items()
    },
    **{f"networks__{name}__epochs": 3 for name in NETWORKS},
    **{f"networks__{n}__steps": 5 for n in ("exp1_snn", "exp2_snn", "exp3_snn_mnist")},
}


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
    recordings = yaml.safe_load((study / "config.yaml").read_text())["data"]["nmnist"]
    shutil.copy2(ROOT / "config.yaml", study.folder)
    study.configure(**SMALL, data__nmnist=recordings)
    return study


@pytest.fixture(scope="session")
def local(cluster, six, tmp_path_factory):
    """The study run without the cluster; do not change it."""
    study = six.copy(tmp_path_factory.mktemp("local") / "study")
    study.succeed(TABLES)
    return study


class Submitted:
    """Snakemake submitting jobs to the cluster, with trainings that pause on request.

    The training of each network in ``held`` pauses after the first checkpoint until
    :meth:`let_go`; its text there is one that only its printed description contains.
    As a context manager it kills Snakemake at the end of the block.
    """

    def __init__(self, study: Study, held: dict[str, str], *arguments: str) -> None:
        self.study = study
        for network in held:
            (study / f"hold/{network}").mkdir(parents=True, exist_ok=True)
        causes = environment(
            *(
                hold("train", KEPT, study / f"hold/{network}", match=settings, call=2)
                for network, settings in held.items()
            )
        )
        with (study / "terminal.txt").open("w") as terminal:
            self.process = subprocess.Popen(
                [*COMMAND, *arguments],
                cwd=study.folder,
                env=os.environ | causes,
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
        return (self.study / f"hold/{network}/reached").exists()

    def let_go(self, network: str) -> None:
        """Let a paused training continue."""
        (self.study / f"hold/{network}/go").touch()

    def finish(self) -> int:
        """Wait for the end and return the exit status."""
        return self.process.wait(900)
