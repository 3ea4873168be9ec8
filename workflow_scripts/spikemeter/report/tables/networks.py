"""Tables I and II: what training and test gave, a row a network."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from spikemeter.report.paper import PUBLISHED
from spikemeter.report.quantities import TEST, TRAINING, Quantity, per_seed
from spikemeter.report.runs import Run
from spikemeter.report.tables.cells import cell, head_cells
from spikemeter.report.tables.table import (
    Groups,
    Pair,
    Table,
    devices,
    engines,
    row_head,
    three,
)


def _table(title: str, quantities: Sequence[Quantity]) -> Table:
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
                papers = quantity.papers(published) if published else np.nan
                row |= three(quantity.name, per_seed(quantity, runs), papers)
            rows.append(row)
        return pd.DataFrame(rows)

    def text(row: pd.Series) -> dict[str, str]:
        return {
            **head_cells(row),
            "data": row["data"],
            **{
                quantity.title: cell(
                    row, quantity.name, quantity.decimals, quantity.depends_on_device
                )
                for quantity in quantities
            },
        }

    return Table(title, frame, text)


def _data(run: Run) -> str:
    """Return the name of the data and how many samples train and test."""
    data = run.train["data"]
    return f"{data['title']}, {data['train_samples']:,} + {data['test_samples']:,}"


TRAINING_TABLE = _table("Training and validation", TRAINING)
TEST_TABLE = _table("Test set", TEST)
