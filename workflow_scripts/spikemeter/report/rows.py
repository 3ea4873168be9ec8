"""Reads the CSV files of a run, cell by cell: nothing but a number may become one."""

import csv
from collections.abc import Callable
from io import StringIO
from typing import Any

Row = dict[str, Any]


def read_rows(
    text: str, cell: Callable[[str, str], Any]
) -> tuple[list[str], list[Row]]:
    """Return the header of a CSV file, and its rows.

    Parameters
    ----------
    text : str
    cell : callable
        Given a column's name and the text of a cell, returns its value.

    Raises
    ------
    ValueError
        If the text is cut or no table, or ``cell`` refuses a cell.
    """
    if not text.endswith("\n"):  # a cut row would read as one not metered
        raise ValueError("it ends within a row")
    try:
        header, *lines = csv.reader(StringIO(text), strict=True)
    except csv.Error as error:
        raise ValueError(str(error)) from None
    if len(set(header)) < len(header):
        raise ValueError("two columns have the same name")
    rows = []
    for number, cells in enumerate(lines, start=1):
        if len(cells) != len(header):
            raise ValueError(f"row {number} has {len(cells)} of {len(header)} cells")
        try:
            named = zip(header, cells, strict=True)
            rows.append({name: cell(name, found) for name, found in named})
        except ValueError as error:
            raise ValueError(f"row {number}: {error}") from None
    return header, rows
