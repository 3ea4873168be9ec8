"""How accurate a spiking network is after some of its steps, and what that costs."""

from collections.abc import Iterator
from math import ceil

import numpy as np
import pandas as pd

from spikemeter.report.conditions import group_notes
from spikemeter.report.inference_counts import (
    DECODED,
    POINTS,
    TIES,
    find_settled_step,
    follow_course,
)
from spikemeter.report.marks import MISSING
from spikemeter.report.quantities import (
    INFERENCE_ENERGY,
    explain_missing,
)
from spikemeter.report.tables.cells import (
    PrintedRow,
    choose_sign,
)
from spikemeter.report.tables.table import (
    Groups,
    Row,
    Table,
    list_spiking,
    make_frame,
    meter_seeds,
    start_row,
)

# A heading, and the share of the steps after which the accuracy is shown.
SHOWN = {
    "acc % after 1 step": ("accuracy_first_step_pct", 0.0),
    "T/4": ("accuracy_quarter_pct", 0.25),
    "T/2": ("accuracy_half_pct", 0.5),
    "T steps": ("accuracy_all_steps_pct", 1.0),
}
NOTES = (
    f"Accuracy after t steps: {DECODED} ({TIES}), in the metered test, which is one "
    "draw of a random encoding. T: all steps that the network was trained for; T/4 and "
    "T/2 are rounded up.",
    f"Steps to within {POINTS} point: the first step from which the accuracy stays at "
    f"most {POINTS} point below that after T steps. It is found on the test set: a "
    "rule that stops there has yet to be tested on other data.",
    "Operations: effective synaptic operations of one inference, multiply-accumulates "
    "and accumulates together. Estimated: from the operations, for 45 nm CMOS, from "
    "the arithmetic alone to one cache access more per operation; not a measured cost. "
    "Measured: of one test inference of T steps on the machine that tested.",
)


def _rows(groups: Groups) -> Iterator[Row]:
    for runs in list_spiking(groups):
        found = follow_course(runs)
        steps = found.accuracy_pct.shape[1]
        settled = np.array([find_settled_step(run) for run in runs])
        there = np.arange(len(runs)), settled - 1
        whole = found.operations[:, -1]
        with np.errstate(invalid="ignore"):  # no input spike, no operation, none saved
            saved_pct = 100 * (1 - found.operations[there] / whole)
        yield {
            **start_row(runs, "test", device=True),
            "encoding": runs[0].train["spec"]["encoding"],
            "steps": steps,
            **{
                name: found.accuracy_pct[:, max(ceil(share * steps), 1) - 1]
                for name, share in SHOWN.values()
            },
            "settled_step": settled.astype(float),
            "settled_operations": found.operations[there],
            "operations": whole,
            "saved_pct": saved_pct,
            "settled_least_j": found.least_j[there],
            "settled_most_j": found.most_j[there],
            INFERENCE_ENERGY.name: meter_seeds(INFERENCE_ENERGY, runs),
        }


def _text(row: PrintedRow) -> dict[str, str]:
    sign = choose_sign(INFERENCE_ENERGY, row["device"])
    energy = row.amount(INFERENCE_ENERGY.name, "J")
    return {
        **row.head(),
        "encoding": row["encoding"],
        "T": str(row["steps"]),
        **{heading: row.number(name, 1) for heading, (name, _) in SHOWN.items()},
        f"steps to within {POINTS} point": row.number("settled_step", 0),
        "operations to there": row.amount("settled_operations"),
        "operations in T steps": row.amount("operations"),
        "saved %": row.number("saved_pct", 0),
        "energy to there, estimated": row.span("settled"),
        "energy of T steps, measured": energy if energy == MISSING else energy + sign,
    }


def _notes(groups: Groups) -> list[str]:
    spiking = list_spiking(groups)
    whys = {
        runs[0].network: explain_missing(INFERENCE_ENERGY, runs) for runs in spiking
    }
    unmetered = [runs[0] for runs in spiking if whys[runs[0].network]]
    reasons = group_notes(
        f"{MISSING} not metered", unmetered, lambda run: str(whys[run.network])
    )
    return [*NOTES, *(f"{reason}." for reason in reasons)] if spiking else []


def make_steps_frame(groups: Groups) -> pd.DataFrame:
    """Return one row per step of every spiking network, means over the seeds.

    Operations and estimated energy are those of all steps up to this one.
    """
    frame = make_frame(
        start_row(runs, "test")
        | {"step": place + 1}
        | {name: values[:, place] for name, values in found._asdict().items()}
        for runs in list_spiking(groups)
        for found in [follow_course(runs)]
        for place in range(found.accuracy_pct.shape[1])
    )
    return frame.drop(columns="engine", errors="ignore")  # there may be no row


ANYTIME_TABLE = Table(
    "Anytime decoding: accuracy and operations step by step", _rows, _text, _notes
)
