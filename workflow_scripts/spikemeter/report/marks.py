"""The signs that stand in tables, and what they mean."""

from spikemeter.report.paper import SAMPLES
from spikemeter.report.runs import Run

MISSING = "–"
STAND_IN, PART_OF_DATA = "‡", "†"
OTHER_QUANTITY = "°"
ROUNDED = "§"
DATA_MARKS = {
    STAND_IN: "another data set in place of the paper's: its accuracy says nothing "
    "about the paper's",
    PART_OF_DATA: "not the paper's whole, verified data set (see Data)",
}


def data_mark(run: Run) -> str:
    """Return the mark of a row that was not made from all of the paper's data."""
    data = run.train["data"]
    if data["stand_in"]:
        return STAND_IN
    samples = (data["train_samples"], data["test_samples"])
    all_samples = SAMPLES[data["dataset"]]
    if data["source"] == "sample" or not data["verified"] or samples != all_samples:
        return PART_OF_DATA
    return ""


def marked(label: str, mark: str) -> str:
    """Return a text with a mark behind it, if there is one."""
    return f"{label} {mark}".rstrip()
