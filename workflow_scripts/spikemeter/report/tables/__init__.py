"""The tables: one module each, numbers and text together; their order is the page's."""

from collections.abc import Sequence

import pandas as pd

from spikemeter.report.runs import Run, by_network
from spikemeter.report.tables.activity import ACTIVITY_TABLE
from spikemeter.report.tables.networks import TEST_TABLE, TRAINING_TABLE
from spikemeter.report.tables.ratios import RATIOS_TABLE
from spikemeter.report.tables.table import Pair, Table

# By the names of their files.
TABLES: dict[str, Table] = {
    "training": TRAINING_TABLE,
    "test": TEST_TABLE,
    "ratios": RATIOS_TABLE,
    "activity": ACTIVITY_TABLE,
}


def build(runs: Sequence[Run], pairs: Sequence[Pair]) -> dict[str, pd.DataFrame]:
    """Return the numbers of every table, by its name.

    Every quantity has three columns: ours (mean over the seeds), ``_sd`` (sample
    standard deviation, NaN for one seed) and ``_paper``. Numbers are unrounded, what
    was not metered is NaN.

    Parameters
    ----------
    runs : sequence of Run
        A row a network, in the order given.
    pairs : sequence of Pair
        The networks to compare; both of a pair must be among the runs.

    Raises
    ------
    ValueError
        If there is no run, or a pair names a network that has none or other seeds.
    """
    if not runs:
        raise ValueError("no run to report; name a network in networks of config.yaml")
    groups = by_network(runs)
    return {name: table.frame(groups, pairs) for name, table in TABLES.items()}
