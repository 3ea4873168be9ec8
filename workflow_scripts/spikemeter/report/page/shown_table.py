"""Tables as the report page shows them: headings, rows and notes, all of it text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from spikemeter.report.marks import MISSING

# With a unit, an interval or the paper's number behind it, or alone.
NUMBER = re.compile(r"[−<–]? ?[\d.,]+[°§]?(?=[ –]|$)")
# What names a row; where there is no such column, the first.
HEAD = "network"


@dataclass(frozen=True)
class ShownTable:
    """A table on the page.

    Attributes
    ----------
    name : str
        What its place on the page is called.
    title : str
    cells : DataFrame
        Texts, a column a heading; with a row at least.
    notes : sequence of str
        Directly under it.
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
        """The columns of numbers and of what is missing."""
        return {
            place
            for place, cells in enumerate(zip(*self.rows, strict=True))
            if all(cell == MISSING or NUMBER.match(cell) for cell in cells)
        }
