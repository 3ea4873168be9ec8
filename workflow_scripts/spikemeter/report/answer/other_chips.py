"""What other hardware would change, by the estimates."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from spikemeter.report.answer.pair import Answer, Twins
from spikemeter.report.energy.chips import read_catalogue
from spikemeter.report.tables.amounts import format_span
from spikemeter.report.tables.cells import count_decimals, format_number
from spikemeter.report.tables.estimates import RATIO

ORDINARY = "cmos45"
CAVEATS = (
    "Estimated, not measured: operations counted here, times published energies of one "
    "operation. A range spans what these energies include; it is no confidence "
    "interval. The notes under the table of estimates say what it leaves out.",
)
NO_CHIP = "Neuromorphic chips have no estimate; the notes under that table say why"
STAND_IN_SPIKES = "Its spikes were counted on a stand-in for the data set."


def answer_chips(pairs: Sequence[Twins], estimates: pd.DataFrame) -> Answer:
    """Return the ranges that are estimated for an inference."""
    rows = estimates.set_index("network")
    findings = (_finding(pair, rows.loc[pair.row["network"]]) for pair in pairs)
    return Answer("What would other chips change?", tuple(findings), CAVEATS)


def _finding(pair: Twins, estimate: pd.Series) -> str:
    known = {
        chip.title: format_span(
            estimate[f"{name}_least_j"], estimate[f"{name}_most_j"], "J"
        )
        for name, chip in read_catalogue().chips.items()
        if name != ORDINARY and not np.isnan(estimate[f"{name}_least_j"])
    }
    on = " and ".join(f"{joules} on {title}" for title, joules in known.items())
    text = f"{_on_cmos(pair, estimate)}. {f'It would take {on}' if on else NO_CHIP}."
    stand_in = pair.spiking[0].train["data"]["stand_in"]
    return f"{text} {STAND_IN_SPIKES}" if stand_in else text


def _on_cmos(pair: Twins, estimate: pd.Series) -> str:
    best, worst = (estimate[f"{RATIO}_{end}"] for end in ("best", "worst"))
    if np.isnan(best):
        return f"{pair.head} has no estimate to compare with {pair.twin} on 45 nm CMOS"
    verdict = "the estimates do not show which of the two takes less"
    if worst < 1 or best > 1:
        verdict = f"{'less' if worst < 1 else 'more'} by every estimate"
    ends = " to ".join(
        format_number(end, count_decimals(end, 2)) for end in (best, worst)
    )
    return (
        f"{pair.head} takes, by estimate, {ends} times the energy of {pair.twin} for "
        f"an inference on 45 nm CMOS: {verdict}"
    )
