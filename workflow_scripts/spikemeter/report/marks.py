"""The signs in tables, and what they mean."""

from collections.abc import Iterable

from spikemeter.report.runs import Run
from spikemeter.report.ties import get_tie

MISSING = "–"
STAND_IN, PART_OF_DATA = "‡", "†"
OTHER_QUANTITY = "°"
ROUNDED = "§"
OTHER_CODE = "¶"
# Of a row that is tied to a published study.
DATA_MARKS = {
    STAND_IN: "other data than {study}'s",
    PART_OF_DATA: "only a part of {study}'s data, or data that was not verified",
}


def choose_data_mark(run: Run) -> str:
    """Return the mark of a run that did not see all of the published study's data.

    A network that is tied to no published study has none.
    """
    tie, data = get_tie(run), run.train["data"]
    if tie is None:
        return ""
    name = tie.study.rows[tie.row].data
    if data["stand_in"] or data["dataset"] != name:
        return STAND_IN
    samples = (data["train_samples"], data["test_samples"])
    counts = tie.study.data[name]
    whole = samples == (counts.train, counts.test)
    if data["source"] == "sample" or not data["verified"] or not whole:
        return PART_OF_DATA
    return ""


def choose_marks(runs: Iterable[Run]) -> str:
    """Return the marks of a row about runs: of their data, and of their code."""
    shown = list(runs)
    data = next(filter(None, map(choose_data_mark, shown)), "")
    code = OTHER_CODE if any(run.other_code for run in shown) else ""
    return f"{data} {code}".strip()


def add_mark(label: str, mark: str) -> str:
    """Return a text followed by a mark, if there is one."""
    return f"{label} {mark}".rstrip()
