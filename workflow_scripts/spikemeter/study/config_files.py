"""Config files and arguments, read strictly and merged as Snakemake merges them."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from spikemeter.study.strict_yaml import ConfigError, parse_yaml, read_yaml

# With it, Snakemake takes a config for a template of the package yte.
TEMPLATE_KEY = "__use_yte__"


def read_config(path: Path) -> Any:
    """Read a config file as it was written, strictly.

    Raises
    ------
    ConfigError
        For what `spikemeter.study.strict_yaml.read_yaml` refuses, and for a file that
        asks Snakemake to run parts of it as Python.
    """
    values = read_yaml(path)
    if isinstance(values, dict) and TEMPLATE_KEY in values:
        raise ConfigError(
            f"{path} has the key {TEMPLATE_KEY}, which lets a config run code; it may "
            "hold values alone: remove it"
        )
    return values


def read_arguments(arguments: Sequence[str]) -> dict[str, Any]:
    """Return the lists and blocks that ``--config`` sets, read as config.yaml is.

    Snakemake takes every number in them for text.

    Parameters
    ----------
    arguments : sequence of str
        ``key=value``, as on the command line.

    Raises
    ------
    ConfigError
        For what `spikemeter.study.strict_yaml.parse_yaml` refuses.
    """
    parts = (argument.partition("=") for argument in arguments)
    values = {key: parse_yaml(text, f"--config {key}") for key, _, text in parts}
    return {k: value for k, value in values.items() if isinstance(value, list | dict)}


def merge_experiments(layers: Iterable[Any]) -> dict[str, Any]:
    """Return the experiments that config files declare, later files over earlier ones.

    A list in a later file selects which of them run, but hides their titles from
    what Snakemake merges.

    Parameters
    ----------
    layers : iterable
        What the files hold.
    """
    declared: dict[str, Any] = {}
    for values in layers:
        found = values.get("experiments") if isinstance(values, Mapping) else None
        for name, entry in found.items() if isinstance(found, Mapping) else ():
            known = declared.get(name)
            both = isinstance(known, Mapping) and isinstance(entry, Mapping)
            declared[name] = {**(known or {}), **entry} if both else entry
    return declared


def sort_keys(values: Any, model: Any) -> Any:
    """Return values with the keys that a model has first, in its order, at every depth.

    Snakemake puts the keys of overlays first, but networks come in the order of the
    tables' rows.
    """
    if not (isinstance(values, dict) and isinstance(model, dict)):
        return values
    keys = dict.fromkeys([*(key for key in model if key in values), *values])
    return {key: sort_keys(values[key], model.get(key)) for key in keys}
