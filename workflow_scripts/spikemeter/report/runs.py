"""Readers of what runs left: train.json, epochs.csv, test.json and steps.csv.

A checksum proves each file whole, and a key the settings that it was made from. What a
test counted in two ways was compared before it was written.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from spikemeter.files import DamagedFileError, read_json, verify_checksum

Part = Literal["train", "test"]
PARTS: tuple[Part, Part] = ("train", "test")
# Ends of the names of those columns of epochs.csv that hold text.
TEXTS = ("energy_source", "missing", "notes")
# What two networks share that have the same synapses.
SAME = ("input", "layers", "padding")
RUN = re.compile(r"seed\d+", re.ASCII)


@dataclass(frozen=True)
class Run:
    """One network trained and tested once, with one seed.

    Attributes
    ----------
    network, seed
        Its name in the configuration, and the seed of everything random in it.
    experiment, label : str
        The experiment that shows it, and its name in tables and legends.
    published : str or None
        The row of a published study to which the network is tied, as ``study/row``.
    train, test : dict
        The content of train.json and test.json.
    epochs : DataFrame
        One row per epoch; accuracies from 0 to 1; unmeasured values are NaN.
    steps : DataFrame
        One row per time step of the test, see
        :func:`spikemeter.training.operation_counts.count_operations`.
    compare_to : str or None
        The network whose cost and accuracy are this one's reference.
    other_code : sequence of str
        The parts, ``train`` and ``test``, that another version of the code made.
    """

    network: str
    seed: int
    experiment: str
    label: str
    published: str | None
    train: Mapping[str, Any]
    epochs: pd.DataFrame
    test: Mapping[str, Any]
    steps: pd.DataFrame
    compare_to: str | None = None
    other_code: Sequence[Part] = ()

    @property
    def spiking(self) -> bool:
        """Whether the network spikes."""
        return self.train["spec"]["steps"] is not None

    @property
    def settings(self) -> dict[str, Any]:
        """The network's settings, with those of its neuron next to the others."""
        neuron = dict(self.train["spec"]["neuron"])
        return {**self.train["spec"], "neuron": neuron.pop("name"), **neuron}

    def conditions(self, part: Part) -> Mapping[str, Any]:
        """Return the machine and settings that a part of the run was metered with."""
        conditions: Mapping[str, Any] = getattr(self, part)["conditions"]
        return conditions

    def machine(self, part: Part) -> tuple[str, ...]:
        """Return what identifies the machine: only costs on the same one compare."""
        names = ("device", "board", "cpu", "cpu_threads", "cpu_quota")
        return tuple(str(self.conditions(part).get(name)) for name in names)

    def sensor(self, part: Part) -> tuple[str, ...]:
        """Return what identifies the power sensor, whose gain cancels in ratios."""
        found = self.conditions(part)
        job = found.get("job") or {}
        return (*self.machine(part), str(found.get("uuid")), str(job.get("node")))

    def others_cpu_pct(self, part: Part) -> float | None:
        """Return the share of all CPUs that other processes took; None if unknown.

        For a training that took several processes, or was paused, the mean over its
        epochs that were long enough to measure it and not paused, because the reading
        is the last process's.
        """
        reading = getattr(self, part)["reading"]
        whole = self.train["sessions"] == 1 and not reading.get("paused_s")
        if part == "test" or whole:
            found: float | None = reading["others_cpu_pct"]
            return found
        measured = self.epochs.dropna(subset="others_cpu_pct")
        if measured.empty:
            return None
        pct, seconds = measured["others_cpu_pct"], measured["seconds"]
        return float(np.average(pct, weights=seconds))

    def total(self, reading: str, part: Part) -> float:
        """Return the sum of a reading over a part of the run; 0 where it has none.

        For a training that took several processes, the sum over its epochs.
        """
        if part == "train" and self.train["sessions"] > 1:
            return float(self.epochs.get(reading, pd.Series(dtype=float)).sum())
        return float(getattr(self, part)["reading"].get(reading) or 0)

    def engine(self, part: Part) -> str:
        """Return the engine of a part of the run, ``plain`` for a ReLU network.

        With ``auto``, it may differ between training and test on different devices.
        """
        return str(getattr(self, part)["engine"])

    def reason(self, reading: str, part: Part) -> str:
        """Return why ``reading`` was not metered in a part of the run."""
        missing = getattr(self, part)["missing"]
        return str(missing.get(reading, "no reason recorded"))


def read_study(folder: str | PathLike[str]) -> list[Run]:
    """Return all finished runs below a results folder, without Snakemake.

    Networks are sorted by name, seeds by number. The config is not read, so the labels
    are the networks' names, and the runs may be of any settings.

    Parameters
    ----------
    folder : path
        ``results``, or any folder above ``{network}/seed{seed}/test.json``.

    Raises
    ------
    ValueError
        If no run is there, or a file of one is damaged or of another format.

    Examples
    --------
    >>> from spikemeter import read_study
    >>> for run in read_study("results"):  # doctest: +SKIP
    ...     print(run.network, run.seed, run.test["accuracy"], run.epochs["seconds"])
    """
    tests = [p for p in Path(folder).rglob("test.json") if RUN.fullmatch(p.parent.name)]
    found = sorted(
        (path.parents[1].name, int(path.parent.name.removeprefix("seed")), path.parent)
        for path in tests
    )
    if not found:
        raise ValueError(
            f"{folder} has no finished run: no {{network}}/seed{{seed}}/test.json is "
            "below it"
        )
    return [
        _read_run(run, network, seed, {"experiment": "", "label": network})
        for network, seed, run in found
    ]


def read_runs(folder: Path, spec: Mapping[str, Any]) -> list[Run]:
    """Return all runs in ``results/runs`` that a report shows.

    In the ``order`` of the networks and of the ``seeds``; ``networks`` has what a run
    does not record, and the keys of the settings in force. ValueError if a file is
    damaged, belongs to another run, was made from other settings or has another format.
    """
    return [
        _read_run(folder / network / f"seed{seed}", network, seed, entry)
        for network in spec["order"]
        for entry in [spec["networks"][network]]
        for seed in spec["seeds"]
    ]


def _read_run(folder: Path, network: str, seed: int, entry: Mapping[str, Any]) -> Run:
    """Return one run, checked against the keys that the entry has."""
    parts: dict[str, Mapping[str, Any]] = {}
    keys: Mapping[str, Any] = entry.get("keys", {}).get(seed, {})
    for part, table in (("train", "epochs.csv"), ("test", "steps.csv")):
        path, key = folder / f"{part}.json", keys.get(part)
        found = parts[part] = read_json(path)
        if key is not None and found["key"] != key:
            raise DamagedFileError(path, "made from other settings")
        if (found["network"], found["seed"]) != (network, seed):
            whose = f"it is of {found['network']}, seed {found['seed']}"
            raise DamagedFileError(path, whose)
        verify_checksum(folder / table, found["files"][table])
    return Run(
        *(network, seed, entry["experiment"], entry["label"], entry.get("published")),
        parts["train"],
        _read_epochs(folder / "epochs.csv"),
        parts["test"],
        pd.read_csv(folder / "steps.csv"),
        entry.get("compare_to"),
        keys.get("other_code", ()),
    )


def _read_epochs(path: Path) -> pd.DataFrame:
    """Return epochs.csv: numbers as float64, NaN where a cell is empty, and texts."""
    names = pd.read_csv(path, nrows=0).columns
    texts = {name for name in names if name.endswith(TEXTS)}
    kinds: Mapping[str, type] = {n: str if n in texts else float for n in names}
    epochs = pd.read_csv(path, dtype=kinds)
    return epochs.fillna(dict.fromkeys(texts, ""))


def group_by_network(runs: Sequence[Run]) -> dict[str, list[Run]]:
    """Return the runs of each network, one per seed, in the order given."""
    groups: dict[str, list[Run]] = {}
    for run in runs:
        groups.setdefault(run.network, []).append(run)
    return groups


def are_twins(spiking: Run, other: Run) -> bool:
    """Tell whether the second is the conventional network with the first's synapses."""
    ours, others = spiking.train["spec"], other.train["spec"]
    alike = all(ours[name] == others[name] for name in SAME)
    return alike and spiking.spiking and not other.spiking


def find_plain_twin(
    runs: Sequence[Run], groups: Mapping[str, Sequence[Run]]
) -> Sequence[Run]:
    """Return the runs of the first twin of one network's runs, nothing if none."""
    return next((o for o in groups.values() if are_twins(runs[0], o[0])), ())
