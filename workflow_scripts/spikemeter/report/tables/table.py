"""What a table is: its rows as numbers, each row as text, and notes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from spikemeter.report.marks import choose_marks
from spikemeter.report.quantities import Quantity, find_error, list_per_seed
from spikemeter.report.runs import Part, Run
from spikemeter.report.statistics import Values, ratio_interval, t_interval, widen
from spikemeter.report.tables.cells import PrintedRow

Groups = Mapping[str, Sequence[Run]]
Row = dict[str, object]


class Ratio(NamedTuple):
    """A value of a row: a ratio, seed by seed, whose mean is the geometric one.

    ``error`` is how far the meter errs in all, as a share of the ratio.
    """

    ours: Values
    reference: Values
    error: float = np.nan


class Metered(NamedTuple):
    """A value of a row: one number per seed, and how far the meter errs in all."""

    by_seed: Values
    error: float


@dataclass(frozen=True)
class Table:
    """A table, as numbers and as text.

    From the runs of each network, ``rows`` makes what :func:`make_frame` takes, and
    ``notes`` the sentences directly under the table; ``text`` makes the cells of a row
    of that frame, by heading.
    """

    title: str
    rows: Callable[[Groups], Iterable[Row]]
    text: Callable[[PrintedRow], dict[str, str]]
    notes: Callable[[Groups], list[str]]


def make_frame(rows: Iterable[Row]) -> pd.DataFrame:
    """Return unrounded numbers and texts, NaN for what is not known.

    An array of one number per seed, or a ratio, becomes four columns: its mean,
    ``_sd``, the seeds' sample standard deviation, and ``_low`` and ``_high``, the
    mean's 95 % interval, which includes how far the meter errs. ``_published`` columns
    that hold nothing are left out.

    Examples
    --------
    >>> list(make_frame([{"seeds": 2, "test_s": np.array([1.0, 3.0])}]))
    ['seeds', 'test_s', 'test_s_sd', 'test_s_low', 'test_s_high']
    """
    frame = pd.DataFrame(map(_expand, rows))
    published = [name for name in map(str, frame) if name.endswith("_published")]
    return frame.drop(columns=[n for n in published if frame[n].isna().all()])


def _expand(row: Row) -> Row:
    columns: Row = {}
    for name, value in row.items():
        if isinstance(value, Ratio):
            by_seed, interval = value.ours / value.reference, ratio_interval(*value)
        elif isinstance(value, Metered):
            by_seed = value.by_seed
            interval = widen(t_interval(by_seed), value.error)
        elif isinstance(value, np.ndarray):
            by_seed, interval = value, t_interval(value)
        else:
            columns[name] = value
            continue
        spread = by_seed.std(ddof=1) if len(by_seed) > 1 else np.nan
        numbers = (interval.mean, spread, interval.low, interval.high)
        ends = ("", "_sd", "_low", "_high")
        columns |= {name + end: n for end, n in zip(ends, numbers, strict=True)}
    return columns


def meter_seeds(quantity: Quantity, runs: Sequence[Run]) -> Metered:
    """Return a quantity of a network as a value of a row."""
    return Metered(list_per_seed(quantity, runs), find_error(quantity, runs))


def start_row(runs: Sequence[Run], part: Part, *, device: bool = False) -> Row:
    """Return the first columns of a row about a part of one network's runs."""
    return {
        "experiment": runs[0].experiment,
        "network": runs[0].network,
        "label": runs[0].label,
        "mark": choose_marks(runs),
        "seeds": len(runs),
        **({"device": list_devices(runs, part)} if device else {}),
        "engine": list_engines(runs, part),
    }


def list_devices(runs: Sequence[Run], part: Part) -> str:
    """Return the devices that computed a part of the runs."""
    return " ".join(sorted({str(run.conditions(part)["device"]) for run in runs}))


def list_engines(runs: Sequence[Run], *parts: Part) -> str:
    """Return the engines that computed parts of the runs."""
    return " ".join(sorted({run.engine(part) for run in runs for part in parts}))


def list_spiking(groups: Groups) -> list[Sequence[Run]]:
    """Return the runs of each spiking network."""
    return [runs for runs in groups.values() if runs[0].spiking]
