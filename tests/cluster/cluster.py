"""A SLURM cluster of two nodes on this machine, and its records of its jobs."""

import contextlib
import os
import shutil
import socket
import string
import subprocess
from functools import partial
from pathlib import Path

import psutil

from tests.workflow.command import has_ended, wait_for

HERE = Path(__file__).parent
SETTINGS = Path("/etc/slurm")
FILES = ("slurm.conf", "gres.conf")
NODES = ("node1", "node2")
DAEMONS = ("munged", "slurmctld", "slurmd")
PACKAGES = ("slurm-wlm", "munge")
POLICY = Path("/usr/sbin/policy-rc.d")
wait = partial(wait_for, poll_s=0.5)


def obstacle() -> str | None:
    """Return why no cluster can be started here, None if one can."""
    if os.geteuid() != 0:
        return "only root can start its daemons"
    for path in (SETTINGS / name for name in FILES):
        if os.path.lexists(path) and not _is_left_over(path):
            return f"{path} belongs to another cluster"
    if not all(map(shutil.which, DAEMONS)):
        return _install()
    return None


def _is_left_over(path: Path) -> bool:
    """Return whether a killed test left this settings file."""
    return path.is_file() and path.read_text().startswith("# spikemeter's tests: ")


def _install() -> str | None:
    """Install the packages without starting them; return what went wrong, or None."""
    if shutil.which("apt-get") is None:
        return f"{' and '.join(PACKAGES)} are not installed and there is no apt-get"
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    mine = not POLICY.exists()
    if mine:
        POLICY.write_text("#!/bin/sh\nexit 101\n")
        POLICY.chmod(0o755)
    try:
        for words in (("update",), ("install", "--no-install-recommends", *PACKAGES)):
            command = ["apt-get", "-y", "-qq", *words]
            done = subprocess.run(
                command, env=quiet, capture_output=True, text=True, check=False
            )
            if done.returncode:
                return f"{' '.join(command)}: {done.stderr.strip()[-200:]}"
    finally:
        if mine:
            POLICY.unlink()
    return None


class Cluster:
    """The daemons of a cluster, which write everything into one folder.

    The folder must not exist yet; its path must be short, since it holds a socket.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def start(self) -> None:
        """Start the daemons, and wait until both nodes accept jobs."""
        for link in (SETTINGS / name for name in FILES):
            if link.is_symlink():  # see obstacle
                Cluster(link.readlink().parent).stop()
        (self.folder / "state").mkdir(parents=True)
        self._write_settings()
        self._start_munge()
        run("slurmctld", "-c")
        for node in NODES:
            run("slurmd", "-N", node)
        wait(lambda: run("sinfo", "-h", "-N", "-o", "%T").split() == ["idle"] * 2)

    def _write_settings(self) -> None:
        """Write the settings and link them to where clients look.

        ``SLURM_CONF`` is not enough: Snakemake's plugin does not pass it to the step
        that runs a job.
        """
        values = {"folder": self.folder, "host": socket.gethostname().split(".")[0]}
        names = ("port", *(f"port_{node}" for node in NODES))
        values |= dict(zip(names, _free_ports(len(names)), strict=True))
        for name in FILES:
            text = string.Template((HERE / name).read_text()).substitute(values)
            (self.folder / name).write_text(text)
            (SETTINGS / name).symlink_to(self.folder / name)

    def _start_munge(self) -> None:
        kinds = ("key-file", "socket", "pid-file", "log-file", "seed-file")
        files = {k: self.folder / f"munged.{k.removesuffix('-file')}" for k in kinds}
        files["key-file"].touch(mode=0o600)
        files["key-file"].write_bytes(os.urandom(128))
        run("munged", "--force", *(f"--{kind}={path}" for kind, path in files.items()))

    def stop(self) -> None:
        """End all jobs and daemons, and remove the links."""
        try:
            if (self.folder / "slurmctld.pid").exists():
                run("scancel", "--user=root")
                wait(lambda: not run("squeue", "-h", "-t", "running,completing"))
        finally:
            for name in (*(f"slurmd-{node}" for node in NODES), "slurmctld", "munged"):
                _end(self.folder / f"{name}.pid")
            for name in FILES:
                (SETTINGS / name).unlink(missing_ok=True)

    def jobs(self) -> dict[str, dict[str, str]]:
        """Return SLURM's record of every job, by its number."""
        records = {}
        lines = run("scontrol", "--oneliner", "show", "job").splitlines()
        for line in (line for line in lines if line.startswith("JobId=")):
            fields = dict(word.split("=", 1) for word in line.split() if "=" in word)
            records[fields["JobId"]] = fields
        return records

    def training(self, network: str) -> str:
        """Return the number of the job that trains a network now."""
        (number,) = (
            number
            for number, job in self.jobs().items()
            if job["JobState"] == "RUNNING"
            and job["Comment"].startswith(f"rule_train_wildcards_{network}_")
        )
        return number


def run(*command: str) -> str:
    """Run a command to its end and return its output."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
    return done.stdout


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _end(pid_file: Path) -> None:
    """End the process of a pid file, if that file exists."""
    if not pid_file.exists():
        return
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(int(pid_file.read_text()))
        if process.name() in DAEMONS:  # else another process has this number now
            process.terminate()
            wait(lambda: has_ended(process))
