"""Train and meter spiking, convolutional and fully connected networks.

The public names are those in ``__init__.pyi``; docs/library.md shows a call of each.
A name is loaded when it is first used, so that Snakemake can import this package
without loading PyTorch.

>>> import spikemeter
>>> [stage.neurons for stage in spikemeter.parse_layers("256-10", (1, 28, 28), "valid")]
[256, 10]
"""

import ast
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any


@cache
def _public() -> dict[str, tuple[str, str]]:
    """Return the module of each public name, and what the name is called there."""
    stub = Path(__file__).with_suffix(".pyi").read_text(encoding="utf-8")
    return {
        alias.asname or alias.name: (str(node.module), alias.name)
        for node in ast.parse(stub).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def __getattr__(name: str) -> Any:
    """Load a public name."""
    if name not in _public():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _public()[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(_public())
