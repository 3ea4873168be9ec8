"""The library away from the repository: installed, imported, and used as documented."""

import ast
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

import spikemeter
from tests.report.made_up import Study

ROOT = Path(__file__).parents[1]
LIBRARY = ROOT / "workflow_scripts" / "spikemeter"
BUILT_FROM = (
    *("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE"),
    *("envs", "resources", "workflow_scripts"),
)
IMPORT_ALL = """
import sys
from importlib import import_module
from pathlib import Path
sys.modules["snakemake"] = None  # an import of it fails
import spikemeter
assert "torch" not in sys.modules and "pandas" not in sys.modules
folder = Path(spikemeter.__file__).parent
for path in sorted(folder.rglob("*.py")):
    parts = path.relative_to(folder.parent).with_suffix("").parts
    import_module(".".join(parts).removesuffix(".__init__"))
"""

RESOURCES = ("chips.yaml", "mnist_sample.npz", "published")
FIND_RESOURCES = """
from spikemeter import find_resource
from spikemeter.datasets.mnist import MNIST
from spikemeter.report.energy.chips import FILE, read_catalogue
from spikemeter.report.ties import FOLDER, find_tie
print(FILE, find_resource(MNIST.sample.file), FOLDER)
assert read_catalogue().chips and find_tie("nhsjs2024/exp1_snn").row == "exp1_snn"
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Return a folder with the library as a wheel puts it there."""
    source, folder = (tmp_path_factory.mktemp(name) for name in ("source", "installed"))
    for name in BUILT_FROM:
        if (ROOT / name).is_dir():
            unwanted = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(ROOT / name, source / name, ignore=unwanted)
        else:
            shutil.copy(ROOT / name, source / name)
    build = "from setuptools import build_meta; build_meta.build_wheel('dist')"
    command = [sys.executable, "-c", build]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (wheel,) = (source / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run(installed, code):
    """Run code by a Python that knows the installed library and not the repository."""
    return subprocess.run(
        [sys.executable, "-W", "error::SyntaxWarning", "-c", code],
        cwd="/",
        env=os.environ | {"PYTHONPATH": str(installed), "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
        capture_output=True,
        text=True,
    )


def files_in(folder):
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_a_wheel_holds_the_library_and_its_resources(installed):
    resources = {f"resources/{name}" for name in files_in(ROOT / "resources")}
    scripts = {name for name in resources if name.endswith(".py")}
    expected = files_in(LIBRARY) | resources - scripts
    assert files_in(installed / "spikemeter") == expected


def test_every_module_can_be_imported_anywhere_without_snakemake(installed):
    done = run(installed, IMPORT_ALL)
    assert not done.returncode, done.stderr


def test_an_installed_library_finds_its_own_resources(installed):
    found = run(installed, FIND_RESOURCES)
    assert not found.returncode, found.stderr
    folder = installed / "spikemeter/resources"
    assert found.stdout.split() == [str(folder / name) for name in RESOURCES]


def test_a_missing_resource_is_named():
    with pytest.raises(FileNotFoundError, match=r"nothing\.yaml is missing; looked in"):
        spikemeter.find_resource("nothing.yaml")


@pytest.mark.parametrize("name", dir(spikemeter))
def test_every_public_name_exists_and_is_documented(name):
    assert getattr(spikemeter, name).__doc__
    text = (ROOT / "docs/library.md").read_text(encoding="utf-8")
    assert f"spikemeter.{name}" in text


def test_other_names_do_not_exist():
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = spikemeter.nothing


def test_the_workflow_does_not_use_the_public_names():
    """Jobs depend on the modules that they import; public names hide theirs."""
    for path in sorted((ROOT / "workflow_scripts").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert "spikemeter" not in {alias.name for alias in node.names}, path
            if isinstance(node, ast.ImportFrom) and node.module == "spikemeter":
                names = {alias.name for alias in node.names}
                assert not names & set(dir(spikemeter)), path


def test_the_examples_of_the_documentation_run(installed, tmp_path):
    Study(tmp_path / "results/runs", [0]).add("exp1_snn", "SNN")
    text = (ROOT / "docs/library.md").read_text(encoding="utf-8")
    examples = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert examples
    code = [f"import os; os.chdir({str(tmp_path)!r})\n", *examples]
    done = run(installed, "".join(code))
    assert not done.returncode, done.stderr


def test_the_citation_names_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == spikemeter.__version__
