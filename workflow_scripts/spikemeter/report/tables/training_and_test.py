"""Tables I and II: what training and test gave, a row a network."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from spikemeter.report.paper import PUBLISHED
from spikemeter.report.quantities import (
    TEST,
    TEST_ACCURACY,
    TRAINING,
    Quantity,
    per_seed,
)
from spikemeter.report.runs import Run
from spikemeter.report.statistics import wilson
from spikemeter.report.tables.cells import cell, device_sign, head_cells, number
from spikemeter.report.tables.table import (
    Groups,
    Pair,
    Table,
    devices,
    engines,
    mean_columns,
    row_head,
)

WILSON = f"{TEST_ACCURACY.name}_wilson"
WILSON_NOTE = (
    "Wilson 95 %: what the size of the test set leaves open about the accuracy (of "
    "several seeds, their mean): where it may lie on other samples of the same kind. "
    "How seeds differ is not in it."
)


def _table(title: str, quantities: Sequence[Quantity], *notes: str) -> Table:
    """Return a table whose columns are quantities of one part of a run."""
    part = quantities[0].part

    def frame(groups: Groups, _pairs: Sequence[Pair]) -> pd.DataFrame:
        rows = []
        for network, runs in groups.items():
            row = row_head(network, runs) | {
                "device": devices(part, runs),
                "engine": engines(part, runs),
                "data": _data(runs[0]),
            }
            published = PUBLISHED.get(network)
            for quantity in quantities:
                row |= mean_columns(quantity.name, per_seed(quantity, runs))
                papers = quantity.papers(published) if published else np.nan
                row[f"{quantity.name}_paper"] = papers
                if quantity is TEST_ACCURACY:
                    row |= _wilson_columns(runs)
            rows.append(row)
        return pd.DataFrame(rows)

    def text(row: pd.Series) -> dict[str, str]:
        cells = {**head_cells(row), "data": row["data"]}
        for quantity in quantities:
            sign = device_sign(quantity, row["device"])
            cells[quantity.title] = cell(
                row, quantity.name, quantity.decimals, sign=sign
            )
            if quantity is TEST_ACCURACY:
                cells["Wilson 95 %"] = _wilson_cell(row)
        return cells

    return Table(title, frame, text, lambda _groups: list(notes))


def _wilson_columns(runs: Sequence[Run]) -> dict[str, float]:
    """Return what the size of the test set leaves open about the mean accuracy."""
    accuracy = per_seed(TEST_ACCURACY, runs).mean() / 100
    low, high = wilson(accuracy, runs[0].test["samples"])
    return {f"{WILSON}_low": 100 * low, f"{WILSON}_high": 100 * high}


def _wilson_cell(row: pd.Series) -> str:
    low, high = row[f"{WILSON}_low"], row[f"{WILSON}_high"]
    return f"{number(low, 1)}–{number(high, 1)}"


def _data(run: Run) -> str:
    """Return the name of the data and how many samples train and test."""
    data = run.train["data"]
    return f"{data['title']}, {data['train_samples']:,} + {data['test_samples']:,}"


TRAINING_TABLE = _table("Training and validation", TRAINING)
TEST_TABLE = _table("Test set", TEST, WILSON_NOTE)
