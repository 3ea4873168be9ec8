"""What a table is, and the columns that several have."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from spikemeter.report.marks import data_mark
from spikemeter.report.runs import Part, Run
from spikemeter.report.statistics import (
    Interval,
    Values,
    ratio_interval,
    t_interval,
)

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
        Given the runs of each network, the sentences that stand directly under it.
    """

    title: str
    frame: Callable[[Groups, Sequence[Pair]], pd.DataFrame]
    text: Callable[[pd.Series], dict[str, str]]
    notes: Callable[[Groups], list[str]] = lambda _groups: []


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


def mean_columns(name: str, by_seed: Values) -> dict[str, float]:
    """Return the mean over the seeds, their standard deviation and the t interval."""
    return _columns(name, by_seed, t_interval(by_seed))


def ratio_columns(name: str, ours: Values, reference: Values) -> dict[str, float]:
    """Return the columns of a ratio, seed by seed: its mean is the geometric one."""
    return _columns(name, ours / reference, ratio_interval(ours, reference))


def _columns(name: str, by_seed: Values, interval: Interval) -> dict[str, float]:
    spread = by_seed.std(ddof=1) if len(by_seed) > 1 else np.nan
    return {
        name: float(interval.mean),
        f"{name}_sd": float(spread),
        f"{name}_low": float(interval.low),
        f"{name}_high": float(interval.high),
    }
