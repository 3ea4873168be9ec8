"""Reads epochs.csv."""

import math
import re
from dataclasses import fields
from pathlib import Path

import pandas as pd

from spikemeter.files import DamagedFileError
from spikemeter.messages import format_key, format_value
from spikemeter.metering.reading import Reading
from spikemeter.report.artifacts import energy_problems
from spikemeter.report.rows import read_rows

# Of epochs.csv: what the report reads, and which of it may be empty.
METERED = ("energy_j", "power_w", "memory_pct")
READINGS = tuple(item.name for item in fields(Reading))
COLUMNS = ("epoch", *READINGS, "train_accuracy", "val_accuracy")
FILLED = ("epoch", "seconds", "train_accuracy", "val_accuracy")
TEXTS = ("energy_source", "missing", "notes")
NUMBER = re.compile(r"-?\d{1,20}(\.\d{1,30})?(e[-+]?\d{1,3})?", re.ASCII)


def read_epochs(path: Path, epochs: int) -> pd.DataFrame:
    """Read epochs.csv, a row for each of ``epochs`` epochs, numbered from 1.

    Raises
    ------
    ValueError
        If the file is cut, lacks a column that a reading has, or a cell holds
        something else than a number that can be. Only what a meter reads may be empty.
    """
    try:
        header, rows = read_rows(path.read_text(encoding="utf-8"), _cell)
        absent = [name for name in COLUMNS if name not in header]
        if absent:
            raise ValueError(f"{', '.join(absent)} missing")
        for number, row in enumerate(rows, start=1):
            if row["epoch"] != number:
                raise ValueError(f"row {number} is of epoch {row['epoch']}")
            for problem in energy_problems(f"row {number}: ", row):
                raise ValueError(problem)
        if len(rows) != epochs:
            raise ValueError(f"its epochs are 1 to {len(rows)}, not 1 to {epochs}")
    except ValueError as error:
        raise DamagedFileError(path, str(error)) from error
    numeric = [name for name in header if not name.endswith(TEXTS)]
    # A column without any number would be one of objects.
    return pd.DataFrame(rows).astype(dict.fromkeys(numeric, float))


def _cell(name: str, cell: str) -> str | float | None:
    """Return the text or the number that a cell holds, None if it is empty."""
    if name.endswith(TEXTS):
        return cell
    if not cell and name not in FILLED:
        return None
    low, high = _bounds(name)
    value = float(cell) if NUMBER.fullmatch(cell) else math.nan
    if not (low <= value <= high and math.isfinite(value)):
        raise ValueError(
            f"{format_key(name)} is {format_value(cell)} but must be a number "
            f"from {low} to {high}"
        )
    return value


def _bounds(name: str) -> tuple[float, float]:
    """Return the lowest and the highest value of a column."""
    if name.endswith(("disagreement_pct", "net_energy_j", "temperature_max_c")):
        return -math.inf, math.inf
    if name.endswith(("accuracy", "_share")) or "spikes_per_neuron_step" in name:
        return 0, 1
    if name.endswith(("memory_pct", "memory_max_pct", "utilisation_pct", "cpu_pct")):
        return 0, 100
    return 0, math.inf
