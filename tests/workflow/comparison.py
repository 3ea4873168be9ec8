"""What two runs of the same study have in common: all but what a meter read."""

import json
import re
from pathlib import Path

import pandas as pd
import torch

# In train.json; the rest was metered, or tells of the process that did.
TRAINED = ("key", "network", "seed", "spec", "engine", "parameters", "best_epoch")
METERED = "_s(_|$)|_j_|memory|power|ratio"


def learned(path):
    """Return the columns of epochs.csv that a meter has no part in."""
    return pd.read_csv(path).filter(regex="epoch|accuracy|loss|share|spikes")


def scored(path):
    """Return the scores in test.json."""
    names = ("accuracy", "accuracy_lowest_index", "confusion", "correct", "tied")
    names += ("silent", "draws", "spikes_per_neuron_step", "operations", "files")
    return {name: json.loads(path.read_text())[name] for name in names}


def _unmetered(path):
    """Return a table of the report without the columns of what was metered."""
    table = pd.read_csv(path)
    return table.drop(columns=table.filter(regex=METERED).columns).to_csv()


def _trained(path):
    content = json.loads(path.read_text())
    return {name: content[name] for name in TRAINED} | {"data": content["data"]}


def _parameters(path):
    state = torch.load(path, weights_only=True)
    return {name: value.tolist() for name, value in state.items()}


def _wording(path):
    """Return a text without its numbers, and without what their widths change.

    Nor does it matter who else was at work.
    """
    text = re.sub(r".*Shared machine: .*\n", "", path.read_text())
    return re.sub(r"[\d.,]+|[ |:-]+", " ", text)


READERS = {
    r"runs/.*/epochs\.csv": lambda path: learned(path).to_csv(),
    r"runs/.*/power\.csv": lambda path: list(pd.read_csv(path)),
    r"runs/.*/train\.json": _trained,
    r"runs/.*/test\.json": scored,
    r"runs/.*/model\.pt": _parameters,
    r"tables/.*\.csv": _unmetered,
    r"tables/.*\.tex|tables\.md": _wording,
    # Curves show times.
    r"figures/experiment.*": lambda path: path.stat().st_size > 1000,
    ".*": Path.read_bytes,
}


def contents(study):
    """Return for each file below results/, but logs, what does not depend on a meter.

    Two runs of a study are equal if this is.
    """
    results = study / "results"
    paths = [p for p in results.rglob("*") if p.is_file() and not p.is_symlink()]
    names = {p.relative_to(results).as_posix(): p for p in paths}
    return {n: _read(n, p) for n, p in names.items() if not n.startswith("logs/")}


def _read(name, path):
    return next(read(path) for key, read in READERS.items() if re.fullmatch(key, name))
