"""The tables: one module each, numbers and text together, in the order of the page."""

from collections.abc import Sequence

import pandas as pd

from spikemeter.report.runs import Run, group_by_network
from spikemeter.report.table_names import TABLE_NUMBERS
from spikemeter.report.tables.activity import ACTIVITY_TABLE
from spikemeter.report.tables.anytime_decoding import ANYTIME_TABLE
from spikemeter.report.tables.estimates import ESTIMATES_TABLE
from spikemeter.report.tables.measured_energy import ENERGY_TABLE
from spikemeter.report.tables.ratios import RATIOS_TABLE
from spikemeter.report.tables.synaptic_operations import LAYERS_TABLE, OPERATIONS_TABLE
from spikemeter.report.tables.table import Table, make_frame
from spikemeter.report.tables.training_and_test import TEST_TABLE, TRAINING_TABLE

ENTRIES = (
    TRAINING_TABLE,
    TEST_TABLE,
    RATIOS_TABLE,
    ENERGY_TABLE,
    ACTIVITY_TABLE,
    OPERATIONS_TABLE,
    LAYERS_TABLE,
    ESTIMATES_TABLE,
    ANYTIME_TABLE,
)
TABLES: dict[str, Table] = dict(zip(TABLE_NUMBERS, ENTRIES, strict=True))


def build_tables(runs: Sequence[Run]) -> dict[str, pd.DataFrame]:
    """Return the numbers of every table, by its name.

    A quantity's columns: its mean over the seeds, of ratios the geometric one; ``_sd``,
    the seeds' sample standard deviation; ``_low`` and ``_high``, the mean's 95 %
    interval, which includes the meter's error; ``_published``, if a row has one.
    Numbers are unrounded; what was not metered, and the spread of one seed, is NaN.

    Parameters
    ----------
    runs : sequence of Run
        One row per network, in the order given; those of the networks that they are
        compared with must be among them, with the same seeds.

    Raises
    ------
    ValueError
        If there is no run.
    """
    if not runs:
        raise ValueError("no run to report; name a network in networks of config.yaml")
    groups = group_by_network(runs)
    return {name: make_frame(table.rows(groups)) for name, table in TABLES.items()}


def format_heading(name: str) -> str:
    """Return the heading of a table."""
    number, title = TABLE_NUMBERS[name], TABLES[name].title
    return f"Table {number}. {title}" if number else title


def list_table_notes(runs: Sequence[Run]) -> dict[str, list[str]]:
    """Return the sentences directly under each table, by its name."""
    groups = group_by_network(runs)
    return {name: table.notes(groups) for name, table in TABLES.items()}
