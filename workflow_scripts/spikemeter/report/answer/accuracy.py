"""How accurate spiking networks are beside their twins."""

from collections.abc import Sequence

import numpy as np

from spikemeter.report.answer.pair import Answer, Twins
from spikemeter.report.marks import PART_OF_DATA, STAND_IN, data_mark
from spikemeter.report.quantities import TEST_ACCURACY, per_seed
from spikemeter.report.statistics import LEVEL
from spikemeter.report.tables.cells import number
from spikemeter.report.tables.ratios import DIFFERENCE


def accuracy(pairs: Sequence[Twins]) -> Answer:
    """Return what the test sets tell, and what they do not."""
    findings = tuple(
        " ".join(filter(None, [_finding(pair), _data(pair)])) for pair in pairs
    )
    return Answer("Is the spiking network as accurate?", findings)


def _finding(pair: Twins) -> str:
    ours, twins = (
        number(per_seed(TEST_ACCURACY, runs).mean(), 2)
        for runs in (pair.spiking, pair.plain)
    )
    points = round(pair.row[DIFFERENCE], 2)
    than = f"{number(abs(points), 2)} points {'less' if points < 0 else 'more'}"
    return (
        f"{pair.head} classifies {ours} % of the test samples correctly, its twin "
        f"{pair.twin} {twins} %: {than if points else 'as many'}, {_certainty(pair)}."
    )


def _certainty(pair: Twins) -> str:
    low, high = pair.row[f"{DIFFERENCE}_low"], pair.row[f"{DIFFERENCE}_high"]
    if len(pair.spiking) == 1:
        return "with one seed; another one may turn it round"
    if np.isnan(low):
        return f"the same for {pair.seeds}, so that no interval can be given"
    told = "the seeds do not tell which of the two is more accurate"
    if low > 0 or high < 0:
        told = f"the spiking network is {'more' if low > 0 else 'less'} accurate"
    return (
        f"{100 * LEVEL:g} % interval of the difference over {pair.seeds} "
        f"{number(low, 2)} to {number(high, 2)}: {told}"
    )


def _data(pair: Twins) -> str:
    """Return what the data forbids to conclude; empty, if it is the paper's."""
    run = pair.spiking[0]  # twins see the same input
    data = run.train["data"]
    if data_mark(run) == STAND_IN:
        return (
            f"The data is {data['title']}, not the paper's: this says nothing about "
            "the paper's data."
        )
    if data_mark(run) == PART_OF_DATA:
        return (
            f"The data is {data['title']} ({data['train_samples']:,} training and "
            f"validation and {data['test_samples']:,} test samples), not the paper's "
            "whole, verified data set: accuracies do not compare with the paper's."
        )
    return ""
