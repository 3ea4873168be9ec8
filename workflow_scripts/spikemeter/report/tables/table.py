"""What a table is, and the columns that several have."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from spikemeter.report.marks import data_mark
from spikemeter.report.runs import Part, Run

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
    """

    title: str
    frame: Callable[[Groups, Sequence[Pair]], pd.DataFrame]
    text: Callable[[pd.Series], dict[str, str]]


def row_head(network: str, runs: Sequence[Run]) -> dict[str, object]:
    """Return the first columns of a row about one network."""
    return {
        "experiment": runs[0].experiment,
        "network": network,
        "label": runs[0].label,
        "mark": data_mark(runs[0]),
        "seeds": len(runs),
    }


def devices(part: Part, runs: Sequence[Run]) -> str:
    """Return the devices that computed a part of the runs."""
    return " ".join(sorted({str(run.conditions(part)["device"]) for run in runs}))


def engines(part: Part, runs: Sequence[Run]) -> str:
    """Return the engines that computed a part of the runs."""
    return " ".join(sorted({run.engine(part) for run in runs}))


def three(
    name: str, values: npt.NDArray[np.float64], papers: float
) -> dict[str, float]:
    """Return the columns of a quantity: mean over the seeds, spread, the paper's."""
    spread = values.std(ddof=1) if len(values) > 1 else np.nan
    return {
        name: float(values.mean()),
        f"{name}_sd": float(spread),
        f"{name}_paper": float(papers),
    }
