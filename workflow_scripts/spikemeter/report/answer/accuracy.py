"""How accurate spiking networks are compared with their twins."""

from collections.abc import Sequence

import numpy as np

from spikemeter.report.answer.pair import Answer, Twins
from spikemeter.report.marks import PART_OF_DATA, STAND_IN, choose_data_mark
from spikemeter.report.quantities import TEST_ACCURACY, list_per_seed
from spikemeter.report.statistics import LEVEL
from spikemeter.report.tables.cells import format_number
from spikemeter.report.tables.ratios import DIFFERENCE
from spikemeter.report.ties import name_studies


def answer_accuracy(pairs: Sequence[Twins]) -> Answer:
    """Return what the test sets show, and what they do not."""
    findings = tuple(
        " ".join(filter(None, [_finding(pair), _data(pair)])) for pair in pairs
    )
    return Answer("Is the spiking network as accurate?", findings)


def _finding(pair: Twins) -> str:
    ours, twins = (
        format_number(list_per_seed(TEST_ACCURACY, runs).mean(), 2)
        for runs in (pair.spiking, pair.plain)
    )
    points = round(pair.row[DIFFERENCE], 2)
    than = f"{format_number(abs(points), 2)} points {'less' if points < 0 else 'more'}"
    return (
        f"{pair.head} classifies {ours} % of the test samples correctly, its twin "
        f"{pair.twin} {twins} %: {than if points else 'as many'}, {_certainty(pair)}."
    )


def _certainty(pair: Twins) -> str:
    low, high = pair.row[f"{DIFFERENCE}_low"], pair.row[f"{DIFFERENCE}_high"]
    if len(pair.spiking) == 1:
        return "with one seed; a different seed could reverse this"
    if np.isnan(low):
        return f"the same for {pair.seeds}, so there is no interval"
    verdict = "the seeds do not show which of the two is more accurate"
    if low > 0 or high < 0:
        verdict = f"the spiking network is {'more' if low > 0 else 'less'} accurate"
    return (
        f"{100 * LEVEL:g} % interval of the difference over {pair.seeds} "
        f"{format_number(low, 2)} to {format_number(high, 2)}: {verdict}"
    )


def _data(pair: Twins) -> str:
    """Return what the data does not allow to conclude; empty, if nothing."""
    run = pair.spiking[0]  # twins see the same input
    data, mark, study = run.train["data"], choose_data_mark(run), name_studies([run])
    if data["stand_in"]:
        return (
            f"The data is {data['title']}, a stand-in: this says nothing about the "
            "data set that it stands in for."
        )
    if mark == STAND_IN:
        return f"The data is {data['title']}, not {study}'s: accuracies do not compare."
    if mark == PART_OF_DATA:
        return (
            f"The data is {data['title']} ({data['train_samples']:,} training and "
            f"validation and {data['test_samples']:,} test samples), only a part of "
            f"{study}'s data, or not verified: accuracies do not compare with those of "
            f"{study}."
        )
    return ""
