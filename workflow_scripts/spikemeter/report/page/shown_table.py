"""Tables as the report page shows them: headings, rows and notes, all as text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from spikemeter.report.marks import MISSING

# Alone, or with a unit, an interval or a published number behind it.
NUMBER = re.compile(r"[−<–]? ?[\d.,]+[°§]?(?=[ –]|$)")
# The column that names the rows; the first one if there is no such column.
HEAD = "network"


@dataclass(frozen=True)
class ShownTable:
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
    def headings(self) -> list[str]:
        """The headings of the columns."""
        return list(self.cells.columns)

    @property
    def rows(self) -> list[list[str]]:
        """The cells, row by row."""
        rows: list[list[str]] = self.cells.to_numpy().tolist()
        return rows

    @property
    def head(self) -> int:
        """The column that names the rows."""
        return self.headings.index(HEAD) if HEAD in self.headings else 0

    @property
    def numeric(self) -> set[int]:
        """The columns that hold numbers or missing values alone."""
        return {
            place
            for place, cells in enumerate(zip(*self.rows, strict=True))
            if all(cell == MISSING or NUMBER.match(cell) for cell in cells)
        }
