"""Everything that the code imports is declared in envs/*.in."""

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OWN = {"spikemeter", "tests", "benchmarks", "resources", "sitecustomize"}


def packages(*files):
    """Return the packages that requirement files declare, normalised."""
    text = "".join(_text(ROOT / "envs" / name) for name in files)
    return {_normal(name) for name in re.findall(r"^\w[\w.-]*", text, re.MULTILINE)}


def _text(path):
    return path.read_text(encoding="utf-8")


def _normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def modules(path):
    """Return the top-level modules that a file imports."""
    text = _text(path)
    if path.suffix != ".py":  # Snakemake's own language
        names = re.findall(r"^\s*(?:from|import) ([\w.]+)", text, re.MULTILINE)
        text = "\n".join(f"import {name}" for name in names)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def imported(*patterns):
    """Return the packages of third parties that files import, and one such file."""
    providers = packages_distributions()
    found = {}
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)):
            for module in set(modules(path)) - OWN - sys.stdlib_module_names:
                for package in providers.get(module, [module]):
                    found[_normal(package)] = path.relative_to(ROOT)
    return found


@pytest.mark.parametrize(
    ("patterns", "files"),
    [
        (("Snakefile", "rules/*.smk", "workflow_scripts/**/*.py"), ()),
        (("benchmarks/**/*.py", "benchmarks/*.smk"), ("peers.in",)),
        (("resources/*.py", "tests/**/*.py"), ("dev.in", "slurm.in")),
    ],
    ids=["workflow", "benchmarks", "tests"],
)
def test_every_import_is_declared(patterns, files):
    declared = packages("requirements.in", *files)
    missing = {k: v for k, v in imported(*patterns).items() if k not in declared}
    assert not missing


def test_the_lock_is_of_the_declared_packages():
    assert packages("requirements.in") <= packages("requirements.txt")
