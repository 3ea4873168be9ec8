"""What the Makefile does on other people's machines before it installs anything."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def make(tmp_path):
    """Return a function that runs make in an empty copy of the project."""
    shutil.copy(ROOT / "Makefile", tmp_path)

    def call(*arguments, **environment):
        known = {"PATH": os.environ["PATH"], **environment}
        command = ["make", "--silent", *arguments]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            check=False,
            capture_output=True,
            text=True,
            env=known,
        )
        return done.returncode, done.stdout + done.stderr

    return call


@pytest.mark.parametrize("environment", [{"HOME": "/proc"}, {"HOME": ""}, {}])
def test_without_a_home_there_is_one(make, tmp_path, environment):
    show = ("--eval", "show:; @echo $$HOME", "show")
    assert make(*show, **environment) == (0, f"{tmp_path}/.snakemake/home\n")
    assert (tmp_path / ".snakemake/home").is_dir()
    own = tmp_path / "own"
    own.mkdir()
    assert make(*show, HOME=str(own)) == (0, f"{own}\n")


@pytest.mark.parametrize(
    ("version", "age"),
    [((3, 10), "old"), ((3, 11), ""), ((3, 14), ""), ((3, 15), "new")],
)
def test_a_python_that_the_lock_does_not_know_is_refused(make, tmp_path, version, age):
    fake = tmp_path / "python"
    fake.write_text(
        f"#!{sys.executable}\nimport sys\nsys.version_info = {(*version, 0)}\n"
        "assert sys.argv[1] == '-c', 'it is accepted'\nexec(sys.argv[2])\n"
    )
    fake.chmod(0o755)
    code, text = make(".venv/bin/uv", f"PYTHON={fake}", HOME=str(tmp_path))
    assert code != 0
    refusal = (
        f"{fake} is too {age} (Python 3.{version[1]}): Python 3.11 to 3.14 is needed; "
        "run make PYTHON=python3.12\n"
    )
    assert (refusal in text) == bool(age)
    assert ("it is accepted" in text) == (not age)
