"""All that is recorded of one run, as rows of names and values."""

from collections.abc import Iterator, Mapping
from typing import Any

from spikemeter.report.marks import MISSING
from spikemeter.report.runs import Run

Rows = list[tuple[str, str]]

TRAINED = ("engine", "parameters", "best_epoch", "sessions", "key")
TESTED = ("engine", "samples", "tied", "silent", "passes", "seconds", "key")


def details(run: Run) -> dict[str, Rows]:
    """Return what a run was made from and on, by heading.

    Curves, scores and costs stand in the tables and figures; here are the conditions.
    """
    whole = {"seconds of all epochs": float(run.epochs["seconds"].sum())}
    return {
        "Settings": rows(run.train["spec"]),
        "Training": rows(_some(run.train, TRAINED) | whole),
        "Test": rows(_some(run.test, TESTED)),
        "Data": rows(run.train["data"]),
        "Machine of the training": rows(run.conditions("train")),
        "Machine of the test": rows(run.conditions("test")),
        "Not metered in training": rows(run.train["missing"]),
        "Not metered in the test": rows(run.test["missing"]),
        "SHA-256 of the files": rows(run.train["files"] | run.test["files"]),
    }


def rows(values: Mapping[str, Any]) -> Rows:
    """Return nested values as rows; the names of what is nested are joined by dots."""
    return list(_rows("", values))


def _rows(path: str, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _rows(f"{path}{name}.", value)
        else:
            yield f"{path}{name}", _text(value)


def _text(value: Any) -> str:
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        return ", ".join(map(_text, value)) or MISSING
    return str(value)


def _some(values: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: values[name] for name in names}
