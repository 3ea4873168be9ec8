"""What the study says, in sentences, each no stronger than its numbers."""

from collections.abc import Mapping

import pandas as pd

from spikemeter.report.answer.accuracy import accuracy
from spikemeter.report.answer.cost import cost
from spikemeter.report.answer.other_chips import chips
from spikemeter.report.answer.pair import Answer, no_twin, twins
from spikemeter.report.tables.table import Groups


def answers(frames: Mapping[str, pd.DataFrame], groups: Groups) -> list[Answer]:
    """Return what the study says about accuracy, cost and other chips.

    Parameters
    ----------
    frames : mapping
        The numbers of the tables, by name.
    groups : mapping
        The runs of each network.
    """
    pairs = twins(frames["ratios"], groups)
    if not pairs:
        return [Answer("What does it show?", (no_twin(groups),))]
    return [accuracy(pairs), cost(pairs), chips(pairs, frames["estimates"])]
