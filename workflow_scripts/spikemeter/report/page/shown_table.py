"""Tables as the report page shows them: all as text."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from spikemeter.report.marks import MISSING

# Missing; alone, or with a unit, an interval or a published number behind it.
NUMBER = re.compile(rf"{MISSING}$|[−<–]? ?[\d.,]+[°§]?(?=[ –]|$)")
# The column that names the rows; the first one if there is no such column.
HEAD = "network"


class ShownTable(NamedTuple):
    """A table on the page.

    Attributes
    ----------
    name : str
        Names its place on the page.
    title : str
    cells : DataFrame
        Texts; at least one row.
    notes : sequence of str
        Printed directly under it.
    """

    name: str
    title: str
    cells: pd.DataFrame
    notes: Sequence[str] = ()

    @property
    def head(self) -> int:
        """The column that names the rows."""
        return list(self.cells).index(HEAD) if HEAD in self.cells else 0

    @property
    def numeric(self) -> set[int]:
        """The columns that hold numbers or missing values alone."""
        numbers = self.cells.map(lambda cell: bool(NUMBER.match(cell)))
        return set(np.flatnonzero(numbers.all()))
