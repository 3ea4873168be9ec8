"""What a network costs compared with its reference, seed by seed."""

from collections.abc import Iterator, Sequence

import numpy as np

from spikemeter.report.marks import MISSING, add_mark, choose_marks
from spikemeter.report.quantities import (
    EPOCH_ENERGY,
    EPOCH_S,
    INFERENCE_ENERGY,
    TEST_ACCURACY,
    TEST_S,
    TRAIN_MEMORY,
    TRAIN_POWER,
    Quantity,
    list_per_seed,
)
from spikemeter.report.runs import PARTS, Run
from spikemeter.report.statistics import PAIRED_TEST, Values, differences, paired_p
from spikemeter.report.tables.cells import (
    PrintedRow,
    choose_sign,
    format_engines,
    format_number,
)
from spikemeter.report.tables.table import (
    Groups,
    Ratio,
    Row,
    Table,
    list_devices,
    list_engines,
)
from spikemeter.report.ties import get_tie, list_tied_studies

TITLE = "SNN against its twin, and other pairs, seed by seed"
LEAST_P = 0.001  # in print
DIFFERENCE = "accuracy_difference_points"
RATIOS = {
    "s/epoch ×": EPOCH_S,
    "memory ×": TRAIN_MEMORY,
    "power ×": TRAIN_POWER,
    "J/epoch ×": EPOCH_ENERGY,
    "test s ×": TEST_S,
    "J/inference ×": INFERENCE_ENERGY,
}
SUMS = (EPOCH_S, EPOCH_ENERGY, TEST_S)
RATIOS_NOTE = (
    "Network by reference, seed by seed; several seeds: geometric mean and [from, to] "
    "the 95 % CI (Student's t of the logarithms). There is no ratio between different "
    "machines, of a reading of 0 or of what was not metered, and none of seconds and "
    "J/epoch between different numbers of samples. The interval of power and energy "
    "includes the meter's error, except for the gain of one sensor, which cancels."
)
PUBLISHED_NOTE = (
    "Published ratios are computed here from the published tables, with energy as "
    "power × seconds."
)
ONE_SEED_NOTE = f"p: {MISSING}, a {PAIRED_TEST} needs two seeds or more."
P_NOTE = (
    f"p ({PAIRED_TEST}, two-sided, of the accuracies in the table of the test set, one "
    "per seed): the probability that the test accuracies of two equally good networks "
    "differ by this much or more through their seeds alone; "
    f"{MISSING} if the difference is the same for all seeds."
)


def _rows(groups: Groups) -> Iterator[Row]:
    for ours in groups.values():
        if ours[0].compare_to is None:
            continue
        reference = groups[ours[0].compare_to]
        runs, run, other = [*ours, *reference], ours[0], reference[0]
        row: Row = {
            "comparison": f"exp {run.experiment}: {run.label} / {other.label}",
            "network": run.network,
            "reference": other.network,
            "mark": choose_marks(runs),
            "seeds": len(ours),
            "train_device": list_devices(runs, "train"),
            "test_device": list_devices(runs, "test"),
            "engine": list_engines(ours, *PARTS),
            "reference_engine": list_engines(reference, *PARTS),
        }
        for quantity in RATIOS.values():
            name = f"{quantity.name}_ratio"
            error = find_ratio_error(quantity, ours, reference)
            row[name] = Ratio(*compare_costs(quantity, ours, reference), error)
            first, second = _published(quantity, run, other)
            row[f"{name}_published"] = first / second if second else np.nan
        accuracies = compare_costs(TEST_ACCURACY, ours, reference)
        row[DIFFERENCE] = differences(*accuracies)
        first, second = _published(TEST_ACCURACY, run, other)
        row[f"{DIFFERENCE}_published"] = first - second
        yield row | {"p_value": paired_p(*accuracies)}


def _published(quantity: Quantity, run: Run, other: Run) -> tuple[float, float]:
    """Return the published figures of two networks, NaN if it is one row, or none."""
    ours, others = get_tie(run), get_tie(other)
    if not ours or not others or ours == others or ours.study is not others.study:
        return np.nan, np.nan
    return quantity.published(ours.figures), quantity.published(others.figures)


def compare_costs(
    quantity: Quantity, ours: Sequence[Run], reference: Sequence[Run]
) -> tuple[Values, Values]:
    """Return a quantity of two networks for each seed, NaN where they do not compare.

    Costs compare on one machine only, and sums over samples for as many samples only;
    nothing is a multiple of a reading of 0.
    """
    both = (list_per_seed(quantity, ours), list_per_seed(quantity, reference))
    if quantity.reading is None:
        return both
    runs = (*ours, *reference)
    machines = {run.machine(quantity.part) for run in runs}
    samples = {run.train["data"][f"{quantity.part}_samples"] for run in runs}
    unlike = quantity in SUMS and len(samples) > 1
    if len(machines) > 1 or unlike or 0 in (*both[0], *both[1]):
        unknown = np.full(len(ours), np.nan)
        return unknown, unknown
    return both


def find_ratio_error(
    quantity: Quantity, ours: Sequence[Run], reference: Sequence[Run]
) -> float:
    """Return how far the meter errs in a ratio, as a share of it; NaN if not known.

    The gain of a sensor that metered both networks cancels.
    """
    error = quantity.error
    if error is None:
        return np.nan
    same = len({run.sensor(quantity.part) for run in (*ours, *reference)}) == 1
    first, second = (
        np.mean([error(run, same) / (quantity.value(run) or np.nan) for run in runs])
        for runs in (ours, reference)
    )
    return float(np.hypot(first, second))


def _text(row: PrintedRow) -> dict[str, str]:
    engines = (format_engines(row[name]) for name in ("engine", "reference_engine"))
    p_value = row["p_value"]
    least = f"< {LEAST_P}" if p_value < LEAST_P else format_number(p_value, 3)
    return {
        "comparison": add_mark(row["comparison"], row["mark"]),
        "engines": " / ".join(engines),
        **{
            heading: row.number(
                *(f"{quantity.name}_ratio", 2),
                choose_sign(quantity, row[f"{quantity.part}_device"]),
                ends=True,
            )
            for heading, quantity in RATIOS.items()
        },
        "test acc difference, points": row.number(DIFFERENCE, 2),
        f"p ({PAIRED_TEST})": MISSING if np.isnan(p_value) else least,
    }


def _notes(groups: Groups) -> list[str]:
    one_seed = all(len(runs) == 1 for runs in groups.values())
    tied = list_tied_studies(runs[0] for runs in groups.values())
    published = [PUBLISHED_NOTE] if tied else []
    return [RATIOS_NOTE, *published, ONE_SEED_NOTE if one_seed else P_NOTE]


RATIOS_TABLE = Table(TITLE, _rows, _text, _notes)
