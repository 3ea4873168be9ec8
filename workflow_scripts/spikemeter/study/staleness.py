"""Digests of settings and code, so that a change reruns what it must and no more."""

import ast
import hashlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any


def canonical(value: Any) -> Any:
    """Return ``value`` with sorted keys and lists for tuples, at every depth."""
    if isinstance(value, dict):
        return {key: canonical(value[key]) for key in sorted(value)}
    if isinstance(value, (list, tuple)):
        return [canonical(entry) for entry in value]
    return value


def digest(*parts: Any) -> str:
    """Return a short digest of builtins; the order of keys does not matter."""
    text = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@cache
def file_digest(path: Path) -> str:
    """Return a short digest of a file's content."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


@cache
def code(folder: Path, *scripts: str) -> dict[str, str]:
    """Return digests of scripts and of every module they import, directly or not.

    Only modules below ``folder`` count. Comments, docstrings and layout do not:
    what is digested is the syntax tree. Imports inside functions count too, dynamic
    ones (``importlib``) do not, and a ``registry.py`` does not: its users name the
    entries that they depend on (:mod:`spikemeter.registry`). Imports and the paths of
    scripts are relative to ``folder``.
    """
    found: dict[str, str] = {}
    pending = list(scripts)
    while pending:
        name = pending.pop()
        if name not in found:
            found[name], imported = _module(folder, name)
            pending += imported
    return canonical(found)


@cache
def _module(folder: Path, name: str) -> tuple[str, set[str]]:
    """Return the digest of a module, and the modules that it imports itself."""
    tree = ast.parse((folder / name).read_text(encoding="utf-8"), name)
    imported = set(_imported(folder, tree, PurePosixPath(name).parent.parts))
    for node in ast.walk(tree):
        match getattr(node, "body", None):
            case [ast.Expr(ast.Constant()), *rest]:
                node.body = rest  # type: ignore[attr-defined]  # no docstring
    return digest(ast.dump(tree)), imported


def _imported(folder: Path, tree: ast.AST, package: tuple[str, ...]) -> Iterator[str]:
    """Yield the files of all modules that a module may import, packages included."""
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            dotted = ".".join([*base, *filter(None, [node.module])])
            names += [dotted, *(f"{dotted}.{alias.name}" for alias in node.names)]
    for parts in (name.split(".") for name in names):
        for depth in range(1, len(parts) + 1):
            stem = "/".join(parts[:depth])
            for name in (f"{stem}.py", f"{stem}/__init__.py"):
                path = folder / name
                if path.is_file() and path.name != "registry.py":
                    yield name
