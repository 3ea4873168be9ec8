"""What a table is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from spikemeter.report.runs import Run

Groups = Mapping[str, Sequence[Run]]


class Pair(NamedTuple):
    """Two networks to compare: how many times the reference the network costs."""

    title: str
    network: str
    reference: str


@dataclass(frozen=True)
class Table:
    """A table, as numbers and as text.

    Attributes
    ----------
    title : str
        Its heading.
    frame : callable
        Given the runs of each network and the pairs to compare, the unrounded numbers,
        NaN for what is not known.
    text : callable
        Given a row of the frame, its cells as they are printed, by heading.
    notes : callable
        Given the runs of each network, the sentences directly under it.
    """

    title: str
    frame: Callable[[Groups, Sequence[Pair]], pd.DataFrame]
    text: Callable[[pd.Series], dict[str, str]]
    notes: Callable[[Groups], list[str]] = lambda _groups: []
