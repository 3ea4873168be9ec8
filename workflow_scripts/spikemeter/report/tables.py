"""The tables as frames of numbers: ours, their spread, and the paper's."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from spikemeter.report.paper import PUBLISHED, SAMPLES, Published
from spikemeter.report.quantities import (
    EPOCH_ENERGY,
    EPOCH_S,
    TEST,
    TEST_ACCURACY,
    TRAIN_MEMORY,
    TRAIN_POWER,
    TRAINING,
    Quantity,
    per_seed,
)
from spikemeter.report.runs import Part, Run, by_network

STAND_IN, PART_OF_DATA = "‡", "†"
RATIOS = (EPOCH_S, TRAIN_MEMORY, TRAIN_POWER, EPOCH_ENERGY)


class Pair(NamedTuple):
    """Two networks to compare: how many times the reference the network costs."""

    title: str
    network: str
    reference: str


def build(runs: Sequence[Run], pairs: Sequence[Pair]) -> dict[str, pd.DataFrame]:
    """Return the tables ``training``, ``test``, ``ratios`` and ``activity``.

    Every quantity has three columns: ours (mean over the seeds), ``_sd`` (sample
    standard deviation, NaN for one seed) and ``_paper``. Numbers are unrounded, what
    was not metered is NaN.

    Parameters
    ----------
    runs : sequence of Run
        A row a network, in the order given.
    pairs : sequence of Pair
        The rows of ``ratios``; both networks of a pair must be among the runs.

    Raises
    ------
    ValueError
        If there is no run, or a pair names a network that has none or other seeds.
    """
    if not runs:
        raise ValueError("no run to report; name a network in networks of config.yaml")
    groups = by_network(runs)
    return {
        "training": _networks(groups, TRAINING),
        "test": _networks(groups, TEST),
        "ratios": pd.DataFrame([_ratio_row(pair, groups) for pair in pairs]),
        "activity": _activity(groups),
    }


def pairs(
    networks: Mapping[str, Mapping[str, Any]], order: Sequence[str]
) -> list[Pair]:
    """Return the comparisons that networks ask for with ``compare_to``."""
    found = []
    for network in order:
        reference = networks[network]["compare_to"]
        if reference:
            labels = (networks[network]["label"], networks[reference]["label"])
            experiment = networks[network]["experiment"]
            found.append(
                Pair(f"exp {experiment}: {' / '.join(labels)}", network, reference)
            )
    return found


def data_mark(run: Run) -> str:
    """Return the mark of a row that was not made from all of the paper's data."""
    data = run.train["data"]
    if data["stand_in"]:
        return STAND_IN
    samples = (data["train_samples"], data["test_samples"])
    all_samples = SAMPLES[data["dataset"]]
    if data["source"] == "sample" or not data["verified"] or samples != all_samples:
        return PART_OF_DATA
    return ""


def _networks(
    groups: Mapping[str, Sequence[Run]], quantities: Sequence[Quantity]
) -> pd.DataFrame:
    rows = []
    for network, runs in groups.items():
        row = _row_head(network, runs) | {
            "device": _devices(quantities[0], runs),
            "engine": _engines(quantities[0].part, runs),
            "data": _data(runs[0]),
        }
        published = PUBLISHED.get(network)
        for quantity in quantities:
            papers = quantity.papers(published) if published else np.nan
            row |= _three(quantity.name, per_seed(quantity, runs), papers)
        rows.append(row)
    return pd.DataFrame(rows)


def _data(run: Run) -> str:
    """Return the name of the data and how many samples train and test."""
    data = run.train["data"]
    return f"{data['title']}, {data['train_samples']:,} + {data['test_samples']:,}"


def _row_head(network: str, runs: Sequence[Run]) -> dict[str, object]:
    return {
        "experiment": runs[0].experiment,
        "network": network,
        "label": runs[0].label,
        "mark": data_mark(runs[0]),
        "seeds": len(runs),
    }


def _devices(quantity: Quantity, runs: Sequence[Run]) -> str:
    devices = {str(run.conditions(quantity.part)["device"]) for run in runs}
    return " ".join(sorted(devices))


def _engines(part: Part, runs: Sequence[Run]) -> str:
    return " ".join(sorted({run.engine(part) for run in runs}))


def _three(
    name: str, values: npt.NDArray[np.float64], papers: float
) -> dict[str, float]:
    spread = values.std(ddof=1) if len(values) > 1 else np.nan
    return {
        name: float(values.mean()),
        f"{name}_sd": float(spread),
        f"{name}_paper": float(papers),
    }


def _ratio_row(pair: Pair, groups: Mapping[str, Sequence[Run]]) -> dict[str, object]:
    ours, reference = (
        _runs_of(name, groups) for name in (pair.network, pair.reference)
    )
    seeds = [[run.seed for run in runs] for runs in (ours, reference)]
    if seeds[0] != seeds[1]:
        raise ValueError(
            f"{pair.network} ran with seeds {seeds[0]} and {pair.reference} with "
            f"{seeds[1]}, but a ratio needs the same ones; set seeds in config.yaml"
        )
    row: dict[str, object] = {
        "comparison": pair.title,
        "network": pair.network,
        "reference": pair.reference,
        "mark": data_mark(ours[0]) or data_mark(reference[0]),
        "seeds": len(ours),
        "device": _devices(EPOCH_S, [*ours, *reference]),
        "engine": _engines("train", ours),
        "reference_engine": _engines("train", reference),
    }
    papers = _published(pair)
    for quantity in RATIOS:
        values = _ratios(quantity, ours, reference)
        published = np.nan
        if papers:
            published = quantity.papers(papers[0]) / quantity.papers(papers[1])
        row |= _three(f"{quantity.name}_ratio", values, published)
    published = np.nan
    if papers:
        published = papers[0].test.accuracy_pct - papers[1].test.accuracy_pct
    difference = per_seed(TEST_ACCURACY, ours) - per_seed(TEST_ACCURACY, reference)
    return row | _three("accuracy_difference_points", difference, published)


def _published(pair: Pair) -> tuple[Published, Published] | None:
    """Return the paper's figures of two networks, if they are two in the paper."""
    network, reference = map(PUBLISHED.get, (pair.network, pair.reference))
    if network is None or reference is None or network is reference:
        return None
    return network, reference


def _runs_of(network: str, groups: Mapping[str, Sequence[Run]]) -> Sequence[Run]:
    if network not in groups:
        raise ValueError(
            f"{network} is compared but has no run; the networks of config.yaml that "
            f"ran are {', '.join(groups)}"
        )
    return groups[network]


def _ratios(
    quantity: Quantity, ours: Sequence[Run], reference: Sequence[Run]
) -> npt.NDArray[np.float64]:
    runs = (*ours, *reference)
    machines = {run.machine(quantity.part) for run in runs}
    samples = {run.train["data"]["train_samples"] for run in runs}
    an_epochs_sum = quantity.reading in ("seconds", "energy_j")
    if len(machines) > 1 or (an_epochs_sum and len(samples) > 1):
        return np.full(len(ours), np.nan)
    return per_seed(quantity, ours) / per_seed(quantity, reference)


def _activity(groups: Mapping[str, Sequence[Run]]) -> pd.DataFrame:
    rows = []
    for network, runs in groups.items():
        if runs[0].train["spec"]["neuron"] != "lif":
            continue
        samples = np.array([run.test["samples"] for run in runs])
        row = _row_head(network, runs) | {
            "engine": _engines("test", runs),
            "steps": runs[0].train["spec"]["steps"],
            "parameters": runs[0].train["parameters"],
        }
        for name in ("tied", "silent"):
            shares = 100 * np.array([run.test[name] for run in runs]) / samples
            row |= {f"{name}_pct": shares.mean()}
        layers = np.array([run.test["spikes_per_neuron_step"] for run in runs], float)
        for layer, spikes in enumerate(layers.mean(axis=0), start=1):
            row[f"layer{layer}_spikes_per_neuron_step"] = spikes
        rows.append(row)
    return pd.DataFrame(rows)
