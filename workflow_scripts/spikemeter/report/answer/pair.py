"""A spiking network and its conventional twin, as sentences need them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from spikemeter.report.runs import Run
from spikemeter.report.tables.cells import count_decimals, format_ends, format_number
from spikemeter.report.tables.table import Groups
from spikemeter.report.twins import are_twins

NO_SPIKING = "No spiking network ran, so there is nothing to compare."
NO_TWIN = (
    "No spiking network is compared with a conventional twin here; compare_to of a "
    "network in the config does that."
)


@dataclass(frozen=True)
class Answer:
    """What is found, a text for each pair of networks, and what to bear in mind."""

    title: str
    findings: tuple[str, ...]
    caveats: tuple[str, ...] = ()


@dataclass(frozen=True)
class Twins:
    """The runs of a spiking network and of its twin, and their row of the ratios."""

    spiking: Sequence[Run]
    plain: Sequence[Run]
    row: pd.Series

    @property
    def head(self) -> str:
        """How a sentence about them begins."""
        return f"Experiment {self.spiking[0].experiment}: {self.spiking[0].label}"

    @property
    def twin(self) -> str:
        """The twin's label."""
        return self.plain[0].label

    @property
    def seeds(self) -> str:
        """How many seeds there are, in words."""
        return "one seed" if len(self.spiking) == 1 else f"{len(self.spiking)} seeds"

    def times(self, quantity: str) -> str:
        """Return a ratio as ``2.81 times [2.70, 2.93]``; empty, if it is not known."""
        ends = ("", "_low", "_high")
        ratio, low, high = (self.row[f"{quantity}_ratio{end}"] for end in ends)
        if np.isnan(ratio):
            return ""
        places = count_decimals(ratio, 2)
        interval = "" if np.isnan(low) else f" {format_ends(low, high, places)}"
        return f"{format_number(ratio, places)} times{interval}"


def list_twins(ratios: pd.DataFrame, groups: Groups) -> list[Twins]:
    """Return the compared pairs of a spiking network and its ReLU twin.

    Parameters
    ----------
    ratios : DataFrame
        The numbers of the table of that name.
    groups : mapping
        The runs of each network.
    """
    found = []
    for _, row in ratios.iterrows():
        ours, reference = (groups[row[name]] for name in ("network", "reference"))
        if are_twins(ours[0], reference[0]):
            found.append(Twins(ours, reference, row))
    return found


def explain_no_twin(groups: Groups) -> str:
    """Return why there is no such pair."""
    spiking = any(runs[0].spiking for runs in groups.values())
    return NO_TWIN if spiking else NO_SPIKING
