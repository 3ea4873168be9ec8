"""What a network costs compared with its reference, seed by seed."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from spikemeter.report.marks import MISSING, add_mark, choose_data_mark
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
    choose_sign,
    format_cell,
    format_ends,
    format_engines,
    format_number,
    list_devices,
    make_frame,
    make_mean_columns,
    make_ratio_columns,
)
from spikemeter.report.tables.table import Groups, Pair, Table
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
    "J/epoch between different numbers of samples."
)
PUBLISHED_NOTE = (
    "Published ratios are computed here from the published tables, with energy as "
    "power × seconds."
)
ONE_SEED_NOTE = f"p: {MISSING}, a {PAIRED_TEST} needs two seeds or more."
P_NOTE = (
    f"p ({PAIRED_TEST}, two-sided): the probability that the test accuracies of two "
    "equally good networks differ by this much or more through their seeds alone; "
    f"{MISSING} if the difference is the same for all seeds."
)


def list_pairs(
    networks: Mapping[str, Mapping[str, Any]], order: Sequence[str]
) -> list[Pair]:
    """Return the comparisons that networks ask for with ``compare_to``."""
    found = []
    for network in order:
        reference = networks[network]["compare_to"]
        if reference:
            labels = (networks[network]["label"], networks[reference]["label"])
            experiment = networks[network]["experiment"]
            found.append(
                Pair(f"exp {experiment}: {' / '.join(labels)}", network, reference)
            )
    return found


def _frame(groups: Groups, pairs: Sequence[Pair]) -> pd.DataFrame:
    return make_frame([_row(pair, groups) for pair in pairs])


def _row(pair: Pair, groups: Groups) -> dict[str, object]:
    ours, reference = _runs_of(pair, groups)
    row: dict[str, object] = {
        "comparison": pair.title,
        "network": pair.network,
        "reference": pair.reference,
        "mark": choose_data_mark(ours[0]) or choose_data_mark(reference[0]),
        "seeds": len(ours),
        "train_device": list_devices("train", [*ours, *reference]),
        "test_device": list_devices("test", [*ours, *reference]),
        "engine": _engines(ours),
        "reference_engine": _engines(reference),
    }
    for quantity in RATIOS.values():
        name = f"{quantity.name}_ratio"
        row |= make_ratio_columns(name, *compare_costs(quantity, ours, reference))
        first, second = _published(quantity, ours[0], reference[0])
        row[f"{name}_published"] = first / second if second else np.nan
    accuracies = compare_costs(TEST_ACCURACY, ours, reference)
    row |= make_mean_columns(DIFFERENCE, differences(*accuracies))
    first, second = _published(TEST_ACCURACY, ours[0], reference[0])
    row[f"{DIFFERENCE}_published"] = first - second
    return row | {"p_value": paired_p(*accuracies)}


def _engines(runs: Sequence[Run]) -> str:
    return " ".join(sorted({run.engine(part) for run in runs for part in PARTS}))


def _published(quantity: Quantity, run: Run, other: Run) -> tuple[float, float]:
    """Return the published figures of two networks, NaN if it is one row, or none."""
    ties = [get_tie(run), get_tie(other)]
    if None in ties or ties[0] == ties[1] or len(list_tied_studies([run, other])) > 1:
        return np.nan, np.nan
    first, second = (quantity.published(tie.figures) for tie in ties if tie)
    return first, second


def _runs_of(pair: Pair, groups: Groups) -> tuple[Sequence[Run], Sequence[Run]]:
    for network in (pair.network, pair.reference):
        if network not in groups:
            raise ValueError(
                f"{network} is compared but has no run; the networks of config.yaml "
                f"that ran are {', '.join(groups)}"
            )
    ours, reference = groups[pair.network], groups[pair.reference]
    seeds = [[run.seed for run in runs] for runs in (ours, reference)]
    if seeds[0] != seeds[1]:
        raise ValueError(
            f"{pair.network} ran with seeds {seeds[0]} and {pair.reference} with "
            f"{seeds[1]}, but a ratio needs the same ones; set seeds in config.yaml"
        )
    return ours, reference


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


def _text(row: pd.Series) -> dict[str, str]:
    texts = {
        "comparison": add_mark(row["comparison"], row["mark"]),
        "engines": " / ".join(
            format_engines(row[name]) for name in ("engine", "reference_engine")
        ),
    }
    for heading, q in RATIOS.items():
        sign = choose_sign(q, row[f"{q.part}_device"])
        texts[heading] = format_cell(row, f"{q.name}_ratio", 2, format_ends, sign)
    texts["test acc difference, points"] = format_cell(row, DIFFERENCE, 2)
    return texts | {f"p ({PAIRED_TEST})": _p_cell(row["p_value"])}


def _p_cell(p_value: float) -> str:
    if np.isnan(p_value):
        return MISSING
    return f"< {LEAST_P}" if p_value < LEAST_P else format_number(p_value, 3)


def _notes(groups: Groups) -> list[str]:
    one_seed = all(len(runs) == 1 for runs in groups.values())
    tied = list_tied_studies(runs[0] for runs in groups.values())
    published = [PUBLISHED_NOTE] if tied else []
    return [RATIOS_NOTE, *published, ONE_SEED_NOTE if one_seed else P_NOTE]


RATIOS_TABLE = Table(TITLE, _frame, _text, _notes)
