"""Columns of numbers, and the cells of a table that show them."""

from collections.abc import Callable, Sequence
from math import floor, log10

import numpy as np
import pandas as pd

from spikemeter.engines.resolution import find_rounding
from spikemeter.report.marks import (
    MISSING,
    OTHER_QUANTITY,
    ROUNDED,
    add_mark,
    choose_data_mark,
)
from spikemeter.report.quantities import Quantity
from spikemeter.report.runs import Part, Run
from spikemeter.report.statistics import Interval, Values, ratio_interval, t_interval

# --- Columns --------------------------------------------------------------------------


def start_row(network: str, runs: Sequence[Run]) -> dict[str, object]:
    """Return the first columns of a row about one network."""
    return {
        "experiment": runs[0].experiment,
        "network": network,
        "label": runs[0].label,
        "mark": choose_data_mark(runs[0]),
        "seeds": len(runs),
    }


def list_devices(part: Part, runs: Sequence[Run]) -> str:
    """Return the devices that computed a part of the runs."""
    return " ".join(sorted({str(run.conditions(part)["device"]) for run in runs}))


def list_engines(part: Part, runs: Sequence[Run]) -> str:
    """Return the engines that computed a part of the runs."""
    return " ".join(sorted({run.engine(part) for run in runs}))


def make_mean_columns(name: str, by_seed: Values) -> dict[str, float]:
    """Return the mean over the seeds, their standard deviation and the t interval."""
    return _columns(name, by_seed, t_interval(by_seed))


def make_ratio_columns(name: str, ours: Values, reference: Values) -> dict[str, float]:
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


def make_frame(rows: Sequence[dict[str, object]]) -> pd.DataFrame:
    """Return rows as a frame, without the published columns that none of them has."""
    frame = pd.DataFrame(rows)
    published = [name for name in map(str, frame) if name.endswith("_published")]
    return frame.drop(columns=[n for n in published if frame[n].isna().all()])


# --- Cells ----------------------------------------------------------------------------


def format_number(value: float, decimals: int) -> str:
    """Return a value with ``decimals`` digits after the point."""
    # Adding 0 takes the sign from what is rounded to it.
    return f"{round(value, decimals) + 0.0:,.{decimals}f}".replace("-", "−")


def count_decimals(value: float, decimals: int) -> int:
    """Return ``decimals``, or more if a value below 1 needs them for two digits."""
    return decimals if value == 0 else max(decimals, 1 - floor(log10(abs(value))))


def format_half_width(low: float, high: float, places: int) -> str:
    """Return an interval that is even about its mean, by half its width."""
    return f"± {format_number((high - low) / 2, places)}"


def format_ends(low: float, high: float, places: int) -> str:
    """Return an interval that is not, such as a ratio's, by its ends."""
    return f"[{format_number(low, places)}, {format_number(high, places)}]"


def format_cell(
    row: pd.Series,
    name: str,
    decimals: int,
    interval: Callable[[float, float, int], str] = format_half_width,
    sign: str = "",
) -> str:
    """Return ``ours ± half-width (published)``; what is missing is left out.

    Parameters
    ----------
    row : Series
        Holds ``name``, ``name_low``, ``name_high`` and perhaps ``name_published``.
    interval : callable
        How the interval over the seeds is written.
    sign : str
        Follows our value.
    """
    ours, low, high = (row[name + end] for end in ("", "_low", "_high"))
    published = row.get(f"{name}_published", np.nan)
    text = MISSING
    if pd.notna(ours):
        places = count_decimals(ours, decimals) if decimals else int(row["seeds"] > 1)
        spread = interval(low, high, places) if pd.notna(low) else ""
        text = f"{format_number(ours, places)} {spread}".rstrip() + sign
    return text if pd.isna(published) else f"{text} ({_printed(published, decimals)})"


def choose_sign(quantity: Quantity, devices: str) -> str:
    """Return the sign of a quantity that these devices do not meter as a GPU does."""
    other = quantity.depends_on_device and devices != "cuda"
    return OTHER_QUANTITY if other else ""


def format_head(row: pd.Series) -> dict[str, str]:
    """Return the first cells of a row about one network."""
    return {
        "exp": str(row["experiment"]),
        "network": add_mark(row["label"], row["mark"]),
        "engine": format_engines(row["engine"]),
    }


def format_engines(names: str) -> str:
    """Return the engines of a row, marked if one is not exact."""
    rounded = any(map(find_rounding, names.split()))
    return add_mark(names, ROUNDED if rounded else "")


def _printed(value: float, decimals: int) -> str:
    """Return a published figure with its own digits, if it has up to four."""
    exact = round(value, decimals) == value
    more = decimals if exact or round(value, 4) != value else 4
    return format_number(value, more)
