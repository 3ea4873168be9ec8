"""Reads steps.csv, and compares it with what train.json and test.json hold."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from spikemeter.files import DamagedFileError
from spikemeter.messages import format_key, format_value
from spikemeter.networks.notation import Stage
from spikemeter.report.artifacts import is_spiking
from spikemeter.report.rows import read_rows
from spikemeter.training.steps import (
    OF_A_STAGE,
    SCORES,
    column,
    columns,
    contradictions,
    operations,
    reasons,
)

# Fifteen digits: sums stay below 2**63.
COUNT = re.compile(r"\d{1,15}", re.ASCII)
Values = Mapping[str, Any]
# Steps at which something cannot be, and what it is.
Wrong = tuple[pd.Series, str]


def read_steps(path: Path, train: Values, stages: Sequence[Stage]) -> pd.DataFrame:
    """Read steps.csv of a run whose train.json and stages are given.

    Returns
    -------
    DataFrame
        As :func:`spikemeter.training.operation_counts.count_operations` wrote it:
        int64, NaN in the columns where such a network has nothing to count.

    Raises
    ------
    ValueError
        If the file is cut, its columns or steps are not those of the network, or a
        cell holds something else than a whole number, or one where none can be.
    """
    names, empty = columns(len(stages)), empty_columns(train, len(stages))
    steps = train["spec"]["steps"] or 1
    try:
        header, rows = read_rows(
            path.read_text(encoding="utf-8"),
            lambda name, cell: _cell(name, cell, empty),
        )
        if header != names:
            raise ValueError(f"its columns are not {names[0]} to {names[-1]}")
        if [row["step"] for row in rows] != list(range(1, steps + 1)):
            raise ValueError(f"its steps are not 1 to {steps}")
    except ValueError as error:
        raise DamagedFileError(path, str(error)) from error
    return pd.DataFrame(rows).astype(dict.fromkeys(empty, float))


def empty_columns(train: Values, stages: int) -> set[str]:
    """Return the columns in which a network has nothing to count."""
    spec = train["spec"]
    if not is_spiking(spec):
        numbers, names = range(1, stages + 1), ("spikes", "synaptic_events")
        return {"silent", *(column(n, name) for n in numbers for name in names)}
    return {column(1, "synaptic_events")} if _real_valued(train) else set()


def step_problems(
    table: pd.DataFrame, stages: Sequence[Stage], train: Values, test: Values
) -> Iterator[str]:
    """Yield where steps.csv contradicts itself, train.json or test.json.

    Parameters
    ----------
    table : DataFrame
        From :func:`read_steps`.
    stages : sequence of Stage
    train, test : mapping
        Which :func:`spikemeter.report.artifacts.run_problems` finds no fault with.
    """
    samples, numbered = test["samples"], list(enumerate(stages, start=1))
    wrong = [*_scores(table, samples), *_first_stage(table, train)]
    for number, stage in numbered:
        wrong += _limits(table, number, stage, samples)
    if is_spiking(train["spec"]):
        for number, stage in numbered[1:]:
            wrong += _spike_driven(table, number)
            most = table[column(number - 1, "spikes")] * _most_outgoing(stage)
            few = table[column(number, "acs")] > most
            wrong.append((few, f"too few spikes for the operations of stage {number}"))
    for where, what in wrong:
        if where.any():
            yield f"step {1 + int(where.argmax())} of steps.csv has {what}"
            return
    yield from contradictions(table, stages, test)
    yield from _operations(operations(table, stages, samples), test["operations"])
    unexplained = reasons(table).keys() ^ (test["missing"].keys() & {*OF_A_STAGE})
    for name in sorted(unexplained):
        yield f"missing of test.json does not fit {name} of operations"


def _cell(name: str, cell: str, empty: Collection[str]) -> int | None:
    """Return the whole number that a cell holds, None where there can be none."""
    if name in empty:
        if cell:
            raise ValueError(
                f"{format_key(name)} is {format_value(cell)} but must be empty"
            )
        return None
    if not COUNT.fullmatch(cell):
        raise ValueError(
            f"{format_key(name)} is {format_value(cell)} but must be a whole "
            "number from 0, of fifteen digits at most"
        )
    return int(cell)


def _real_valued(train: Values) -> bool:
    """Tell whether intensities of images enter a spiking network as they are."""
    spec = train["spec"]
    return bool(spec["encoding"] == "direct" and spec["input_kind"] == "images")


def _scores(table: pd.DataFrame, samples: int) -> Iterator[Wrong]:
    for name in SCORES:
        yield table[name] > samples, f"{name} above the {samples} samples"
    yield table["silent"] > table["tied"], "more silent than tied samples"
    yield table["silent"].diff() > 0, "more silent samples than the step before"


def _limits(
    table: pd.DataFrame, number: int, stage: Stage, samples: int
) -> Iterator[Wrong]:
    spikes, macs, acs, _ = (table[column(number, name)] for name in OF_A_STAGE)
    yield spikes > stage.neurons * samples, f"more spikes than stage {number} neurons"
    most = stage.connections * samples
    yield macs + acs > most, f"more operations than stage {number} has synapses"


def _first_stage(table: pd.DataFrame, train: Values) -> Iterator[Wrong]:
    """Yield where what enters the first stage is not what the encoding gives."""
    if not is_spiking(train["spec"]) or _real_valued(train):
        return
    if train["spec"]["encoding"] != "direct":
        yield from _spike_driven(table, 1)
        return
    _, macs, acs, events = (table[column(1, name)] for name in OF_A_STAGE)
    yield macs + acs > events, "more operations of stage 1 than synaptic events"


def _spike_driven(table: pd.DataFrame, number: int) -> Iterator[Wrong]:
    """Yield where a stage that spikes enter does not accumulate at each of them."""
    _, macs, acs, events = (table[column(number, name)] for name in OF_A_STAGE)
    yield macs > 0, f"multiply-accumulates in stage {number}, which spikes enter"
    yield acs != events, f"accumulates of stage {number} that are not its events"


def _most_outgoing(stage: Stage) -> int:
    """Return how many synapses leave an input of a stage at most."""
    return stage.out_shape[0] * max(stage.kernel, 1) ** 2


def _operations(expected: Sequence[Values], found: Sequence[Values]) -> Iterator[str]:
    if len(found) != len(expected):
        yield (
            f"operations of test.json has {len(found)} entries but must have "
            f"{len(expected)}"
        )
        return
    for number, values in enumerate(expected):
        for name, value in values.items():
            if found[number][name] != value:
                yield (
                    f"operations[{number}].{name} of test.json is "
                    f"{found[number][name]} but steps.csv and layers give {value}"
                )
