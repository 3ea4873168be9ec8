"""How accurate a spiking network is after some of its steps, and what that costs."""

from collections.abc import Sequence
from math import ceil

import numpy as np
import pandas as pd

from spikemeter.report.conditions import group_notes
from spikemeter.report.courses import (
    DECODED,
    POINTS,
    TIES,
    Course,
    find_settled_step,
    follow_course,
)
from spikemeter.report.energy.chips import read_catalogue
from spikemeter.report.marks import MISSING
from spikemeter.report.quantities import (
    INFERENCE_ENERGY,
    explain_missing,
    list_per_seed,
)
from spikemeter.report.runs import Run
from spikemeter.report.statistics import Values
from spikemeter.report.tables.cells import (
    choose_sign,
    format_cell,
    format_head,
    format_mean_amount,
    format_span,
    list_devices,
    list_engines,
    make_mean_columns,
    start_row,
)
from spikemeter.report.tables.table import Groups, Pair, Table

SHARES = {"first_step": 0.0, "quarter": 0.25, "half": 0.5, "all_steps": 1.0}
NOTES = (
    f"Accuracy after t steps: {DECODED} ({TIES}). T: all steps that the network was "
    "trained for; T/4 and T/2 are rounded up.",
    f"Steps to within {POINTS} point: the first step from which the accuracy stays at "
    f"most {POINTS} point below that after T steps. It is found on the test set: a "
    "rule that stops there has yet to be tested on other data.",
    "Operations: effective synaptic operations of one inference, multiply-accumulates "
    "and accumulates together. Estimated: from the operations, for 45 nm CMOS, from "
    "the arithmetic alone to one cache access more per operation; not a measured cost. "
    "Measured: of one test inference of T steps on the machine that tested.",
)


def _frame(groups: Groups, _pairs: Sequence[Pair]) -> pd.DataFrame:
    return pd.DataFrame([_row(name, runs) for name, runs in _spiking(groups).items()])


def _spiking(groups: Groups) -> dict[str, Sequence[Run]]:
    return {name: runs for name, runs in groups.items() if runs[0].spiking}


def _row(network: str, runs: Sequence[Run]) -> dict[str, object]:
    found = follow_course(runs, read_catalogue().chips["cmos45"])
    steps = found.accuracy_pct.shape[1]
    row = start_row(network, runs) | {
        "device": list_devices("test", runs),
        "engine": list_engines("test", runs),
        "encoding": runs[0].train["spec"]["encoding"],
        "steps": steps,
    }
    for name, share in SHARES.items():
        place = max(ceil(share * steps), 1) - 1
        row |= make_mean_columns(f"accuracy_{name}_pct", found.accuracy_pct[:, place])
    return (
        row
        | _settled(found, np.array([find_settled_step(run) for run in runs]))
        | make_mean_columns(
            INFERENCE_ENERGY.name, list_per_seed(INFERENCE_ENERGY, runs)
        )
    )


def _settled(found: Course, steps: Values) -> dict[str, float]:
    """Return the cost of an inference that stops once its seed has settled."""
    place = np.arange(len(steps)), steps - 1
    whole = found.operations[:, -1]
    with np.errstate(invalid="ignore"):  # no input spike, no operation, none to save
        saved_pct = 100 * (1 - found.operations[place] / whole)
    return (
        make_mean_columns("settled_step", steps.astype(float))
        | make_mean_columns("settled_operations", found.operations[place])
        | make_mean_columns("operations", whole)
        | make_mean_columns("saved_pct", saved_pct)
        | make_mean_columns("settled_least_j", found.least_j[place])
        | make_mean_columns("settled_most_j", found.most_j[place])
    )


def _text(row: pd.Series) -> dict[str, str]:
    sign = choose_sign(INFERENCE_ENERGY, row["device"])
    energy = format_mean_amount(row, INFERENCE_ENERGY.name, "J")
    return {
        **format_head(row),
        "encoding": row["encoding"],
        "T": str(row["steps"]),
        "acc % after 1 step": format_cell(row, "accuracy_first_step_pct", 1),
        "T/4": format_cell(row, "accuracy_quarter_pct", 1),
        "T/2": format_cell(row, "accuracy_half_pct", 1),
        "T steps": format_cell(row, "accuracy_all_steps_pct", 1),
        f"steps to within {POINTS} point": format_cell(row, "settled_step", 0),
        "operations to there": format_mean_amount(row, "settled_operations"),
        "operations in T steps": format_mean_amount(row, "operations"),
        "saved %": format_cell(row, "saved_pct", 0),
        "energy to there, estimated": format_span(
            row["settled_least_j"], row["settled_most_j"], "J"
        ),
        "energy of T steps, measured": energy if energy == MISSING else energy + sign,
    }


def _notes(groups: Groups) -> list[str]:
    spiking = _spiking(groups)
    unmetered = {
        name: reason
        for name, runs in spiking.items()
        if (reason := explain_missing(INFERENCE_ENERGY, runs))
    }
    runs = [run for name in unmetered for run in spiking[name]]
    reasons = group_notes(
        f"{MISSING} not metered", runs, lambda run: unmetered[run.network]
    )
    return [*NOTES, *(f"{reason}." for reason in reasons)] if spiking else []


def make_steps_frame(groups: Groups) -> pd.DataFrame:
    """Return one row per step of every spiking network, means over the seeds.

    Operations and estimated energy are those of all steps up to this one.
    """
    chip = read_catalogue().chips["cmos45"]
    rows = []
    for network, runs in _spiking(groups).items():
        found = follow_course(runs, chip)
        for step in range(1, found.accuracy_pct.shape[1] + 1):
            row = start_row(network, runs) | {"step": step}
            for name in Course._fields:
                row |= make_mean_columns(name, getattr(found, name)[:, step - 1])
            rows.append(row)
    return pd.DataFrame(rows)


ANYTIME_TABLE = Table(
    "Anytime decoding: accuracy and operations step by step", _frame, _text, _notes
)
