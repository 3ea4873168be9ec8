"""Reads what a run left behind: train.json, epochs.csv and test.json."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from spikemeter.files import damaged, read_json

Part = Literal["train", "test"]

TRAIN_NAMES = (
    "network",
    "seed",
    "spec",
    "engine",
    "parameters",
    "best_epoch",
    "sessions",
    "reading",
    "data",
    "conditions",
    "missing",
)
TEST_NAMES = (
    "network",
    "seed",
    "samples",
    "accuracy",
    "recall_macro",
    "f1_macro",
    "f1_paper",
    "tied",
    "silent",
    "spikes_per_neuron_step",
    "seconds",
    "reading",
    "conditions",
    "missing",
)
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
    experiment : int
        The experiment that shows it.
    label : str
        The name that tables and legends give the network.
    train, test : dict
        The content of train.json and test.json.
    epochs : DataFrame
        One row an epoch; accuracies from 0 to 1; what was not metered is NaN.
    """

    network: str
    seed: int
    experiment: int
    label: str
    train: Mapping[str, Any]
    epochs: pd.DataFrame
    test: Mapping[str, Any]

    def conditions(self, part: Part) -> Mapping[str, Any]:
        """Return the conditions under which a part of the run was metered."""
        return (self.train if part == "train" else self.test)["conditions"]

    def machine(self, part: Part) -> tuple[str, ...]:
        """Return what names the machine: costs compare on the same one only."""
        names = ("device", "board", "cpu", "cpu_threads")
        return tuple(str(self.conditions(part).get(name)) for name in names)

    def engine(self, part: Part) -> str:
        """Return what computed a part of the run, ``plain`` for a ReLU network.

        With ``auto``, training and test have different ones on different devices.
        """
        return str((self.train if part == "train" else self.test)["engine"])

    def reason(self, reading: str, part: Part) -> str:
        """Return why ``reading`` was not metered in a part of the run."""
        missing = (self.train if part == "train" else self.test)["missing"]
        return str(missing.get(reading, "no reason recorded"))


def read_runs(folder: Path, spec: Mapping[str, Any]) -> list[Run]:
    """Read all runs that a report shows.

    Parameters
    ----------
    folder : Path
        ``results/runs``.
    spec : mapping
        ``order``: the networks; ``seeds``; ``networks``: for each one its
        ``experiment``, ``label``, ``train_key`` and ``test_key``.
    """
    return [
        read_run(folder / network / f"seed{seed}", network, seed, shown)
        for network in spec["order"]
        for shown in [spec["networks"][network]]
        for seed in spec["seeds"]
    ]


def read_run(folder: Path, network: str, seed: int, shown: Mapping[str, Any]) -> Run:
    """Read the artifacts of one run.

    Parameters
    ----------
    folder : Path
        ``results/runs/{network}/seed{seed}``.
    shown : mapping
        ``experiment`` and ``label``, and the keys ``train_key`` and ``test_key`` of
        the settings in force.

    Raises
    ------
    ValueError
        If a file is damaged, belongs to another run or was made from other settings.
    """
    parts = {}
    for part, names in {"train": TRAIN_NAMES, "test": TEST_NAMES}.items():
        path = folder / f"{part}.json"
        content = read_json(path)
        if content.get("key") != shown[f"{part}_key"]:
            raise ValueError(
                f"{path} was made from other settings: run the same command again"
            )
        absent = [name for name in names if name not in content]
        if absent:
            raise ValueError(damaged(path, f"{', '.join(absent)} missing"))
        if (content["network"], content["seed"]) != (network, seed):
            found = f"it is of {content['network']}, seed {content['seed']}"
            raise ValueError(damaged(path, found))
        parts[part] = content
    epochs = read_epochs(folder / "epochs.csv", parts["train"]["spec"]["epochs"])
    return Run(
        network,
        seed,
        shown["experiment"],
        shown["label"],
        parts["train"],
        epochs,
        parts["test"],
    )


def read_epochs(path: Path, epochs: int) -> pd.DataFrame:
    """Read epochs.csv, a row for each of ``epochs`` epochs, numbered from 1.

    Raises
    ------
    ValueError
        If the file is cut, or holds something else than finite numbers in a column
        that the report uses. Only metered columns may have empty cells.
    """
    try:
        text = path.read_text(encoding="utf-8")
        if not text.endswith("\n"):  # a cut row would read as one not metered
            raise ValueError("it ends within a row")
        table = pd.read_csv(StringIO(text))
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
