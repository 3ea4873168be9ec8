"""What a spiking network costs beside its twin, seed by seed."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from spikemeter.report.marks import data_mark, marked
from spikemeter.report.paper import PUBLISHED, Published
from spikemeter.report.quantities import (
    EPOCH_ENERGY,
    EPOCH_S,
    TEST_ACCURACY,
    TRAIN_MEMORY,
    TRAIN_POWER,
    Quantity,
    per_seed,
)
from spikemeter.report.runs import Run
from spikemeter.report.tables.cells import cell, engine_cell
from spikemeter.report.tables.table import (
    Groups,
    Pair,
    Table,
    devices,
    engines,
    three,
)

RATIOS = (EPOCH_S, TRAIN_MEMORY, TRAIN_POWER, EPOCH_ENERGY)


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


def _frame(groups: Groups, pairs: Sequence[Pair]) -> pd.DataFrame:
    return pd.DataFrame([_row(pair, groups) for pair in pairs])


def _row(pair: Pair, groups: Groups) -> dict[str, object]:
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
        "device": devices("train", [*ours, *reference]),
        "engine": engines("train", ours),
        "reference_engine": engines("train", reference),
    }
    papers = _published(pair)
    for quantity in RATIOS:
        values = _ratios(quantity, ours, reference)
        published = np.nan
        if papers:
            published = quantity.papers(papers[0]) / quantity.papers(papers[1])
        row |= three(f"{quantity.name}_ratio", values, published)
    published = np.nan
    if papers:
        published = papers[0].test.accuracy_pct - papers[1].test.accuracy_pct
    difference = per_seed(TEST_ACCURACY, ours) - per_seed(TEST_ACCURACY, reference)
    return row | three("accuracy_difference_points", difference, published)


def _published(pair: Pair) -> tuple[Published, Published] | None:
    """Return the paper's figures of two networks, if they are two in the paper."""
    network, reference = map(PUBLISHED.get, (pair.network, pair.reference))
    if network is None or reference is None or network is reference:
        return None
    return network, reference


def _runs_of(network: str, groups: Groups) -> Sequence[Run]:
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


def _text(row: pd.Series) -> dict[str, str]:
    engines = (row["engine"], row["reference_engine"])
    texts = {
        "comparison": marked(row["comparison"], row["mark"]),
        "engines": " / ".join(map(engine_cell, engines)),
    }
    for q in RATIOS:
        heading = f"{q.title.split()[0]} ×"
        texts[heading] = cell(row, f"{q.name}_ratio", 2, q.depends_on_device)
    difference = cell(row, "accuracy_difference_points", 2)
    return texts | {"test acc difference, points": difference}


RATIOS_TABLE = Table("Ratios", _frame, _text)
