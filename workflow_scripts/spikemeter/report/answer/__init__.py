"""What the study shows, in sentences that claim no more than its numbers."""

from collections.abc import Mapping

import pandas as pd

from spikemeter.report.answer.accuracy import answer_accuracy
from spikemeter.report.answer.cost import answer_cost
from spikemeter.report.answer.other_chips import answer_chips
from spikemeter.report.answer.pair import Answer, explain_no_twin, list_twins
from spikemeter.report.tables.table import Groups


def list_answers(frames: Mapping[str, pd.DataFrame], groups: Groups) -> list[Answer]:
    """Return what the study shows about accuracy, cost and other chips.

    Parameters
    ----------
    frames : mapping
        The numbers of the tables, by name.
    groups : mapping
        The runs of each network.
    """
    pairs = list_twins(frames["ratios"], groups)
    if not pairs:
        return [Answer("What does it show?", (explain_no_twin(groups),))]
    return [
        answer_accuracy(pairs),
        answer_cost(pairs),
        answer_chips(pairs, frames["estimates"]),
    ]
