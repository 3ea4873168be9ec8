"""The metered energy of training and test, gross and net of idle."""

from collections.abc import Iterator

from spikemeter.report.marks import MISSING
from spikemeter.report.quantities import (
    EPOCH_ENERGY,
    INFERENCE_ENERGY,
    NET_EPOCH_ENERGY,
    NET_INFERENCE_ENERGY,
)
from spikemeter.report.runs import PARTS
from spikemeter.report.tables.cells import PrintedRow, choose_sign
from spikemeter.report.tables.table import (
    Groups,
    Row,
    Table,
    list_devices,
    list_engines,
    meter_seeds,
    start_row,
)

ENERGIES = (
    EPOCH_ENERGY,
    NET_EPOCH_ENERGY,
    INFERENCE_ENERGY,
    NET_INFERENCE_ENERGY,
)
NOTES = (
    "J ± half-width of its 95 % interval: the gain of the power sensor, the edges of a "
    "phase, the sensor's averaging and blind time, half of what counter and samples "
    "differ by, and with several seeds the 95 % CI of their mean.",
    "Net of idle: less the idle power, metered before each training and each test, "
    "times the seconds; the ± includes how well that power is known.",
)


def _rows(groups: Groups) -> Iterator[Row]:
    for runs in groups.values():
        row = start_row(runs, "train") | {"engine": list_engines(runs, *PARTS)}
        row |= {f"{part}_device": list_devices(runs, part) for part in PARTS}
        yield row | {each.name: meter_seeds(each, runs) for each in ENERGIES}


def _text(row: PrintedRow) -> dict[str, str]:
    cells = row.head()
    for quantity in ENERGIES:
        text = row.amount(quantity.name, "J")
        sign = choose_sign(quantity, row[f"{quantity.part}_device"])
        cells[quantity.title] = text if text == MISSING else text + sign
    return cells


ENERGY_TABLE = Table("Measured energy", _rows, _text, lambda _groups: list(NOTES))
