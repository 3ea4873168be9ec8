"""docs/faults.md: the observations of every fault."""

from collections.abc import Iterable
from dataclasses import dataclass

HEAD = """\
# Faults

What happens when something goes wrong. Each of these {n} faults was really caused, in a
run of the workflow or in the library. Then the same command was given again, after
doing what the message asks for. In the end, every result equalled that of a run without
faults, except for times and meter readings, and nothing temporary was left below
`results/`. `make test-faults` causes all of them again and writes this page from its
observations.

| fault | what the user sees | what is left | how it goes on |
| --- | --- | --- | --- |
"""


@dataclass(frozen=True, order=True)
class Row:
    """What was observed of a fault: a row of docs/faults.md.

    ``left`` holds the names of files, or is a text.
    """

    title: str
    seen: str
    left: Iterable[str]
    goes_on: str


def page(rows: Iterable[Row]) -> str:
    """Return the page; equal observations give an equal page, in whatever order."""
    lines = [
        f"| {row.title} | {_code(row.seen)} | {_listed(row.left)} | {row.goes_on} |\n"
        for row in sorted(rows)
    ]
    return HEAD.format(n=len(lines)) + "".join(lines)


def titles(text: str) -> list[str]:
    """Return the faults that a page names, in its order."""
    rows = text.partition("| --- |")[2].splitlines()[1:]
    return [row.split(" | ")[0].removeprefix("| ") for row in rows]


def _code(text: str) -> str:
    """Return a text for a table cell, as code unless it says that there is nothing."""
    if text.startswith("nothing"):
        return text
    return f"`{text}`".replace("|", r"\|")


def _listed(left: Iterable[str]) -> str:
    if isinstance(left, str):
        return left
    return ", ".join(f"`{name}`" for name in sorted(left)) or "nothing"
