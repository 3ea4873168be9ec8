"""Tables I and II: the results of training and test, one row per network."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from spikemeter.report.conditions import group_notes
from spikemeter.report.marks import MISSING
from spikemeter.report.quantities import (
    TEST,
    TEST_ACCURACY,
    TRAINING,
    Quantity,
    list_per_seed,
)
from spikemeter.report.statistics import wilson
from spikemeter.report.tables.cells import (
    PrintedRow,
    choose_sign,
    format_number,
)
from spikemeter.report.tables.table import Groups, Row, Table, meter_seeds, start_row
from spikemeter.report.ties import get_published_figure

WILSON = f"{TEST_ACCURACY.name}_wilson"
WILSON_NOTE = (
    "Wilson 95 %: how far the accuracy (of several seeds, their mean) may differ on "
    "other test samples of the same kind, given the size of the test set. It does not "
    "include how seeds differ."
)
TIES_NOTE = (
    "Test acc: the expectation if ties are broken at random; of k classes that share "
    "the highest output, each is taken with probability 1/k. Lowest index: the lowest "
    "of them is taken. Tied: samples with such a tie, in the metered test."
)
DRAWS_NOTE = (
    "A network with a random encoding ({networks}) is tested on {count} more draws of "
    "it, which are not metered: its accuracies are their means, and the sd (sample "
    "standard deviation) is how much one draw differs from another."
)


def _table(
    title: str,
    quantities: Sequence[Quantity],
    notes: Callable[[Groups], list[str]] = lambda _groups: [],
) -> Table:
    """Return a table whose columns are quantities of one part of a run."""
    part = quantities[0].part

    def rows(groups: Groups) -> Iterator[Row]:
        shown = [
            quantity
            for quantity in quantities
            if not quantity.published_only or _is_published(quantity, groups)
        ]
        for runs in groups.values():
            row, data = start_row(runs, part, device=True), runs[0].train["data"]
            samples = f"{data['train_samples']:,} + {data['test_samples']:,}"
            row["data"] = f"{data['title']}, {samples}"
            for quantity in shown:
                row[quantity.name] = meter_seeds(quantity, runs)
                published = get_published_figure(quantity, runs[0])
                row[f"{quantity.name}_published"] = published
                if quantity is TEST_ACCURACY:
                    share = list_per_seed(quantity, runs).mean() / 100
                    low, high = wilson(share, runs[0].test["samples"])
                    row |= {f"{WILSON}_low": 100 * low, f"{WILSON}_high": 100 * high}
            yield row

    def text(row: PrintedRow) -> dict[str, str]:
        cells = {**row.head(), "data": row["data"]}
        for quantity in quantities:
            name, sign = quantity.name, choose_sign(quantity, row["device"])
            if name in row:
                cells[quantity.title] = row.number(name, quantity.decimals, sign=sign)
            if quantity is TEST_ACCURACY:
                ends = (row[f"{WILSON}_low"], row[f"{WILSON}_high"])
                texts = (format_number(end, 1) for end in ends)
                cells["Wilson 95 %"] = "–".join(texts)
        return cells

    return Table(title, rows, text, notes)


def _is_published(quantity: Quantity, groups: Groups) -> bool:
    figures = [get_published_figure(quantity, runs[0]) for runs in groups.values()]
    return not np.isnan(figures).all()


def _test_notes(groups: Groups) -> list[str]:
    tested = [runs[0] for runs in groups.values()]
    drawn = [run for run in tested if run.test["draws"]]
    notes = [TIES_NOTE]
    if drawn:
        networks = ", ".join(run.network for run in drawn)
        count = drawn[0].test["draws"]["count"]
        notes.append(DRAWS_NOTE.format(networks=networks, count=count))
    reasons = group_notes(
        f"{MISSING} sd over draws",
        (run for run in tested if not run.test["draws"]),
        lambda run: run.reason("draws", "test"),
    )
    return [*notes, *(f"{reason}." for reason in reasons), WILSON_NOTE]


TRAINING_TABLE = _table("Training and validation", TRAINING)
TEST_TABLE = _table("Test set", TEST, _test_notes)
