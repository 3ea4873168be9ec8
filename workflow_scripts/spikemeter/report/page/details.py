"""The conditions of one run, as rows of names and values."""

from collections.abc import Iterator, Mapping
from typing import Any

from spikemeter.report.marks import MISSING
from spikemeter.report.runs import Run

Rows = list[tuple[str, str]]

TRAINED = ("engine", "parameters", "best_epoch", "sessions", "key")
TESTED = ("engine", "samples", "tied", "silent", "passes", "seconds", "key")


def format_details(run: Run) -> dict[str, Rows]:
    """Return what a run was made from and on, by heading.

    The tables and figures show its curves, scores and costs.
    """
    trained = {name: run.train[name] for name in TRAINED}
    trained["seconds of all epochs"] = float(run.epochs["seconds"].sum())
    return {
        "Settings": format_rows(run.train["spec"]),
        "Training": format_rows(trained),
        "Test": format_rows({name: run.test[name] for name in TESTED}),
        "Data": format_rows(run.train["data"]),
        "Machine of the training": format_rows(run.conditions("train")),
        "Machine of the test": format_rows(run.conditions("test")),
        "Not metered in training": format_rows(run.train["missing"]),
        "Not metered in the test": format_rows(run.test["missing"]),
        "SHA-256 of the files": format_rows(run.train["files"] | run.test["files"]),
    }


def format_rows(values: Mapping[str, Any]) -> Rows:
    """Return nested values as rows; nested names are joined by dots."""
    return list(_yield_rows("", values))


def _yield_rows(path: str, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _yield_rows(f"{path}{name}.", value)
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
