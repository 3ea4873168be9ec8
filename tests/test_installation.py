"""Installing on other people's machines: make, conda and containers."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

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


# --- Conda ---------------------------------------------------------------------------


def pins():
    """Return the requirements of the environment for conda."""
    text = (ROOT / "envs/spikemeter.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["dependencies"][-1]["pip"]


def test_the_environment_for_conda_is_the_lock():
    lock = (ROOT / "envs/requirements.txt").read_text(encoding="utf-8")
    locked = re.findall(r"^(\S+==[^\\\n]+?) \\$", lock, re.MULTILINE)
    assert len(locked) > 90
    assert pins() == locked  # make conda-pins


def install(requirements, *options):
    """Return what pip would do with requirements."""
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--no-deps"]
    command += ["--quiet", *options, "-r", requirements]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def test_the_environment_for_conda_needs_no_other_file(tmp_path):
    """Conda hands pip the requirements in the folder to which Snakemake copies them."""
    copied = tmp_path / "requirements.txt"
    copied.write_text("\n".join(pins()), encoding="utf-8")
    done = install(copied, "--no-index")  # all are installed here, or left out
    assert done.returncode == 0, done.stderr


@pytest.mark.network
def test_the_environment_for_conda_can_be_installed(tmp_path):
    copied = tmp_path / "requirements.txt"
    copied.write_text("\n".join(pins()), encoding="utf-8")
    done = install(copied, "--target", tmp_path / "here")
    assert done.returncode == 0, done.stderr


# --- Containers ----------------------------------------------------------------------

READY = "make .venv/ready"


def test_the_recipe_for_docker_runs_make():
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", "")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    names = [line.split()[0] for line in lines]
    assert names == ["FROM", "RUN", "ENV", "WORKDIR", "COPY", "RUN", "ENV", "CMD"]
    assert lines[4:] == [
        "COPY . .",
        f"RUN {READY} && mkdir -p results && chmod a+rwx . results",
        "ENV PATH=/spikemeter/.venv/bin:$PATH",
        'CMD ["make"]',
    ]
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {".venv*", "results", ".snakemake", ".git"} <= {*ignored}


def test_the_recipe_for_apptainer_holds_all_that_the_study_needs(tmp_path):
    text = (ROOT / "spikemeter.def").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^%(\w+)\n((?:    .*\n)+)", text, re.MULTILINE))
    assert sections.keys() == {"files", "post", "environment", "runscript"}
    assert READY in sections["post"]
    assert sections["runscript"].split()[-3:] == ["exec", "make", '"$@"']
    for name, folder in map(str.split, sections["files"].splitlines()):
        assert folder == "/spikemeter/"
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/uv").touch()
    make = ["make", "--dry-run", "--directory", tmp_path]
    assert subprocess.run(make, check=False, capture_output=True).returncode == 0
    plan = [sys.executable, "-m", "snakemake", "--cores", "1", "--quiet", "-n"]
    done = subprocess.run(
        plan, cwd=tmp_path, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def find_engine():
    """Return docker or podman, if one is at work here."""
    for name in filter(shutil.which, ("docker", "podman")):
        if (
            subprocess.run([name, "info"], check=False, capture_output=True).returncode
            == 0
        ):
            return name
    return None


@pytest.mark.network
@pytest.mark.slow
def test_the_container_runs_the_study_for_a_user_without_a_name(tmp_path):
    engine = find_engine()
    if engine is None:
        pytest.skip("neither docker nor podman is at work here")
    build = [engine, "build", "--tag", "spikemeter-test", ROOT]
    subprocess.run(build, check=True)
    tmp_path.chmod(0o777)
    run = [engine, "run", "--rm", "--user", "54321"]
    run += ["--volume", f"{tmp_path}:/spikemeter/results", "spikemeter-test"]
    subprocess.run(run, check=True)
    assert (tmp_path / "report.html").exists()
