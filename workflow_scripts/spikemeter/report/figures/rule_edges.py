"""The workflow's rules and what follows what, as Snakemake itself plans them."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

Edge = tuple[str, str]

NODE = re.compile(r'^\s*(\d+)\[label = "(\w+)"', re.MULTILINE)
EDGE = re.compile(r"^\s*(\d+) -> (\d+)\s*$", re.MULTILINE)
# No profile of the user's: the graph is that of the workflow alone.
ASKED = ("--rulegraph", "dot", "--profile", "none", "--workflow-profile", "none", "all")


def rule_edges(snakefile: Path, config: Mapping[str, Any]) -> list[Edge]:
    """Return which rule makes what which other one reads, as Snakemake plans it.

    Snakemake is asked in an empty folder that holds nothing but the config: what
    was made already, and a workflow that runs and has the lock, do not matter there.

    Parameters
    ----------
    snakefile : Path
    config : mapping
        The config as Snakemake merged it.

    Returns
    -------
    list of (str, str)
        Maker and reader, sorted; those that follow from others are left out.

    Raises
    ------
    RuntimeError
        If Snakemake cannot plan the workflow; its own words are on standard error.
    """
    command = [sys.executable, "-m", "snakemake", "-s", str(snakefile.resolve())]
    with tempfile.TemporaryDirectory() as folder:
        written = yaml.safe_dump(dict(config), sort_keys=False)
        Path(folder, "config.yaml").write_text(written, encoding="utf-8")
        asked = subprocess.run(
            [*command, *ASKED], cwd=folder, stdout=subprocess.PIPE, check=False
        )
    edges = dot_edges(asked.stdout.decode()) if asked.returncode == 0 else []
    if not edges:
        raise RuntimeError(
            f"Snakemake gave no graph of {snakefile} (exit status {asked.returncode}); "
            "what it said stands in the log"
        )
    return without_shortcuts(edges)


def dot_edges(text: str) -> list[Edge]:
    """Return the edges of a graph that Snakemake wrote for Graphviz, sorted."""
    names = dict(NODE.findall(text))
    return sorted((names[maker], names[reader]) for maker, reader in EDGE.findall(text))


def without_shortcuts(edges: list[Edge]) -> list[Edge]:
    """Return the edges but those between which a longer way leads as well."""
    readers: dict[str, set[str]] = {}
    for maker, reader in edges:
        readers.setdefault(maker, set()).add(reader)

    def below(rule: str) -> Iterator[str]:
        for reader in readers.get(rule, ()):
            yield reader
            yield from below(reader)

    return [
        (maker, reader)
        for maker, reader in edges
        if not any(reader in below(other) for other in readers[maker])
    ]
