"""Reads what a run left behind: train.json, epochs.csv and test.json."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from spikemeter.files import damaged, read_json

Part = Literal["train", "test"]

TRAIN_KEYS = (
    "network seed label experiment spec engine parameters best_epoch data conditions "
    "missing"
).split()
TEST_KEYS = (
    "network seed accuracy recall_macro f1_macro f1_paper samples tied silent seconds "
    "reading spikes_per_neuron_step missing conditions"
).split()
ALWAYS_MEASURED = ("epoch", "seconds", "train_accuracy", "val_accuracy")
METERED = ("energy_j", "power_w", "memory_pct")


@dataclass(frozen=True)
class Run:
    """One network trained and tested once, with one seed.

    Attributes
    ----------
    network : str
        Its name in the configuration.
    seed : int
        The seed of everything random in it.
    train, test : dict
        The content of train.json and test.json.
    epochs : DataFrame
        One row an epoch; accuracies from 0 to 1; what was not metered is NaN.
    """

    network: str
    seed: int
    train: Mapping[str, Any]
    epochs: pd.DataFrame
    test: Mapping[str, Any]

    @property
    def label(self) -> str:
        """The name that tables and legends give the network."""
        return str(self.train["label"])

    def conditions(self, part: Part) -> Mapping[str, Any]:
        """Return the conditions under which a part of the run was metered."""
        return (self.train if part == "train" else self.test)["conditions"]

    def machine(self, part: Part) -> tuple[str, ...]:
        """Return what names the machine: costs compare on the same one only."""
        names = ("device", "device_name", "cpu_model")
        return tuple(str(self.conditions(part).get(name)) for name in names)

    def reason(self, reading: str, part: Part) -> str:
        """Return why ``reading`` was not metered in a part of the run."""
        missing = (self.train if part == "train" else self.test)["missing"]
        for name in (reading, f"train_{reading}", f"val_{reading}"):
            if name in missing:
                return str(missing[name])
        return "no reason recorded"


def read_run(folder: Path, expected_train_key: str, expected_test_key: str) -> Run:
    """Read the artifacts of one run.

    Parameters
    ----------
    folder : Path
        ``results/runs/{network}/seed{seed}``.
    expected_train_key, expected_test_key : str
        The keys of the settings that are in force now.

    Raises
    ------
    ValueError
        If a file is damaged, belongs to another run or was made from other settings.
    """
    train = _read_part(folder / "train.json", expected_train_key, TRAIN_KEYS)
    test = _read_part(folder / "test.json", expected_test_key, TEST_KEYS)
    network, seed = train["network"], train["seed"]
    if (test["network"], test["seed"]) != (network, seed):
        found = f"it belongs to {test['network']}, seed {test['seed']}"
        raise ValueError(damaged(folder / "test.json", found))
    epochs = read_epochs(folder / "epochs.csv", train["spec"]["epochs"])
    return Run(network, seed, train, epochs, test)


def _read_part(path: Path, expected_key: str, names: Collection[str]) -> dict[str, Any]:
    content = read_json(path)
    if content.get("key") != expected_key:
        raise ValueError(
            f"{path} was made from other settings: run the same command again"
        )
    absent = [name for name in names if name not in content]
    if absent:
        raise ValueError(damaged(path, f"{', '.join(absent)} missing"))
    return content


def read_epochs(path: Path, epochs: int) -> pd.DataFrame:
    """Read epochs.csv, a row for each of ``epochs`` epochs, numbered from 1.

    Raises
    ------
    ValueError
        If the file is cut, or holds something else than finite numbers in a column
        that the report uses. Only metered columns may have empty cells.
    """
    try:
        table = pd.read_csv(path)
        absent = [c for c in ALWAYS_MEASURED + METERED if c not in table]
        if absent:
            raise ValueError(f"{', '.join(absent)} missing")
        for name in ALWAYS_MEASURED + METERED:
            table[name] = pd.to_numeric(table[name]).astype(float)
    except ValueError as error:  # pandas' own parser errors are ValueErrors too
        raise ValueError(damaged(path, str(error))) from error
    if list(table["epoch"]) != list(range(1, epochs + 1)):
        raise ValueError(damaged(path, f"its epochs are not 1 to {epochs}"))
    if not np.isfinite(table[[*ALWAYS_MEASURED]]).all(axis=None):
        raise ValueError(damaged(path, "an accuracy or a time is not a finite number"))
    if np.isinf(table[[*METERED]]).any(axis=None):
        raise ValueError(damaged(path, "a metered value is infinite"))
    return table


def by_network(runs: Sequence[Run]) -> dict[str, list[Run]]:
    """Return the runs of each network, one a seed, in the order given."""
    groups: dict[str, list[Run]] = {}
    for run in runs:
        groups.setdefault(run.network, []).append(run)
    return groups
