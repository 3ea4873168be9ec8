"""Reads what a run left behind: train.json, epochs.csv, test.json and steps.csv."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spikemeter.files import DamagedFileError, read_json, verify_checksum
from spikemeter.report.artifacts import (
    Part,
    content_problems,
    is_spiking,
    run_problems,
    stages_of,
)
from spikemeter.report.epochs import METERED, read_epochs
from spikemeter.report.steps import read_steps, step_problems

PARTS: tuple[Part, Part] = ("train", "test")


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
    steps : DataFrame
        One row a time step of the test, see
        :func:`spikemeter.training.operation_counts.count_operations`.
    """

    network: str
    seed: int
    experiment: int
    label: str
    train: Mapping[str, Any]
    epochs: pd.DataFrame
    test: Mapping[str, Any]
    steps: pd.DataFrame

    @property
    def spiking(self) -> bool:
        """Whether the network spikes."""
        return is_spiking(self.train["spec"])

    @property
    def settings(self) -> dict[str, Any]:
        """The network's settings, with those of its neuron next to the others."""
        neuron = dict(self.train["spec"]["neuron"])
        return {**self.train["spec"], "neuron": neuron.pop("name"), **neuron}

    def conditions(self, part: Part) -> Mapping[str, Any]:
        """Return the conditions under which a part of the run was metered."""
        conditions: Mapping[str, Any] = self._recorded(part)["conditions"]
        return conditions

    def machine(self, part: Part) -> tuple[str, ...]:
        """Return what names the machine: costs compare on the same one only."""
        names = ("device", "board", "cpu", "cpu_threads")
        return tuple(str(self.conditions(part).get(name)) for name in names)

    def others_cpu_pct(self, part: Part) -> float | None:
        """Return what others took of the machine's processors, None if not known.

        Of a training that took several processes, whose reading is the last one's, in
        its epochs, as far as they were long enough to tell.
        """
        if part == "test" or self.train["sessions"] == 1:
            whole: float | None = self._recorded(part)["reading"]["others_cpu_pct"]
            return whole
        told = self.epochs.dropna(subset="others_cpu_pct")
        if told.empty:
            return None
        return float(np.average(told["others_cpu_pct"], weights=told["seconds"]))

    def engine(self, part: Part) -> str:
        """Return what computed a part of the run, ``plain`` for a ReLU network.

        With ``auto``, training and test have different ones on different devices.
        """
        return str(self._recorded(part)["engine"])

    def reason(self, reading: str, part: Part) -> str:
        """Return why ``reading`` was not metered in a part of the run."""
        missing = self._recorded(part)["missing"]
        return str(missing.get(reading, "no reason recorded"))

    def _recorded(self, part: Part) -> Mapping[str, Any]:
        return self.train if part == "train" else self.test


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
    train, test = (
        _content(folder / f"{part}.json", part, (network, seed), shown[f"{part}_key"])
        for part in PARTS
    )
    epochs = _epochs(folder / "epochs.csv", train)
    stages = stages_of(train["spec"])
    path = folder / "steps.csv"
    verify_checksum(path, test["files"][path.name])
    steps = read_steps(path, train, stages)
    for problem in chain(
        run_problems(train, list(epochs["val_accuracy"]), test),
        step_problems(steps, stages, train, test),
    ):
        raise DamagedFileError(folder, problem)
    label = shown["label"]
    return Run(network, seed, shown["experiment"], label, train, epochs, test, steps)


def _epochs(path: Path, train: Mapping[str, Any]) -> pd.DataFrame:
    """Read epochs.csv of a run whose train.json is given."""
    verify_checksum(path, train["files"][path.name])
    epochs = read_epochs(path, train["spec"]["epochs"])
    for name in METERED:
        if epochs[name].isna().any() and name not in train["missing"]:
            found = f"{name} has empty cells but missing of train.json no reason"
            raise DamagedFileError(path, found)
    return epochs


def _content(
    path: Path, part: Part, run: tuple[str, int], key: str
) -> Mapping[str, Any]:
    """Read train.json or test.json of a run, made from the settings in force."""
    content = read_json(path)
    if content.get("key") != key:
        raise DamagedFileError(path, "made from other settings")
    for problem in content_problems(part, content):
        raise DamagedFileError(path, problem)
    if (content["network"], content["seed"]) != run:
        found = f"it is of {content['network']}, seed {content['seed']}"
        raise DamagedFileError(path, found)
    return content


def by_network(runs: Sequence[Run]) -> dict[str, list[Run]]:
    """Return the runs of each network, one a seed, in the order given."""
    groups: dict[str, list[Run]] = {}
    for run in runs:
        groups.setdefault(run.network, []).append(run)
    return groups
