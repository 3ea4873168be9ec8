"""Pieces of a Markdown page."""

from collections.abc import Iterable

import pandas as pd


def table(shown: pd.DataFrame) -> str:
    """Return a frame of strings as a table; a line of its own for each row."""
    lines = [list(shown.columns), ["---"] * len(shown.columns), *shown.to_numpy()]
    escaped = ([text.replace("|", r"\|") for text in line] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in escaped)


def bullets(lines: Iterable[str]) -> str:
    """Return a list with one point a line."""
    return "\n".join(f"- {line}" for line in lines)
