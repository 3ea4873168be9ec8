"""The conditions of one run, as rows of names and values."""

from collections.abc import Iterator, Mapping
from typing import Any

from spikemeter.report.marks import MISSING
from spikemeter.report.runs import Run

TRAINED = ("engine", "parameters", "best_epoch", "sessions", "key")
TESTED = ("engine", "samples", "correct", "tied", "silent", "passes", "seconds", "key")


def format_details(run: Run) -> dict[str, list[tuple[str, str]]]:
    """Return what a run was made from and on, by heading.

    The tables and figures show its curves, scores and costs.
    """
    trained = {name: run.train[name] for name in TRAINED}
    trained["seconds of all epochs"] = float(run.epochs["seconds"].sum())
    values = {
        "Settings": run.train["spec"],
        "Training": trained,
        "Test": {name: run.test[name] for name in TESTED},
        "Data": run.train["data"],
        "Machine of the training": run.conditions("train"),
        "Machine of the test": run.conditions("test"),
        "Not metered in training": run.train["missing"],
        "Not metered in the test": run.test["missing"],
        "SHA-256 of the files": run.train["files"] | run.test["files"],
    }
    return {heading: list(_flatten(found)) for heading, found in values.items()}


def _flatten(values: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Yield nested values as rows; nested names are joined by dots."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", _format_value(value)


def _format_value(value: Any) -> str:
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        return ", ".join(map(_format_value, value)) or MISSING
    return str(value)
