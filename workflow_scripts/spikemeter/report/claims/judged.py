"""The paper's claims, judged by the runs at hand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from spikemeter.report.claims.claim import Claim, Networks, snntorch
from spikemeter.report.claims.reasons import compared, untestable
from spikemeter.report.claims.stated import CLAIMS
from spikemeter.report.claims.verdicts import NOT_TESTABLE, Verdict, judge
from spikemeter.report.runs import Run, group_by_network
from spikemeter.report.statistics import Interval
from spikemeter.report.tables.table import Groups, engines

NOTHING = Interval(np.nan, np.nan, np.nan)


@dataclass(frozen=True)
class Judged:
    """A claim and what some networks say of it: a row.

    Attributes
    ----------
    claim : Claim
    networks : tuple of str
        Those of the claim, or the same as snnTorch computes them.
    verdict : Verdict
    ours : Interval
        Our number and its interval over the seeds, NaN where there is none.
    seeds : int
    engines : tuple of str
        Of each network, in the part of the runs that decides.
    papers_way : tuple of str
        For a cost: the networks that did not run, by which the paper's own way of
        computing would be metered.
    """

    claim: Claim
    networks: Networks
    verdict: Verdict
    ours: Interval = NOTHING
    seeds: int = 0
    engines: tuple[str, ...] = ()
    papers_way: tuple[str, ...] = ()


def judged(runs: Sequence[Run]) -> list[Judged]:
    """Judge every claim of the paper; one row for each engine that computed it.

    Parameters
    ----------
    runs : sequence of Run
        All of a study, the same seeds of every network.
    """
    groups = group_by_network(runs)
    return [row for claim in CLAIMS for row in _rows(claim, groups)]


def _rows(claim: Claim, groups: Groups) -> Iterator[Judged]:
    variants = (claim.networks, snntorch(claim.networks))
    ran = [names for names in variants if groups.keys() >= set(names)]
    if not ran:
        left = [name for name in claim.networks if name not in groups]
        reasons = tuple(f"{name} did not run" for name in left)
        yield Judged(claim, claim.networks, Verdict(NOT_TESTABLE, reasons))
    for names in ran:
        yield _row(claim, names, groups)


def _row(claim: Claim, names: Networks, groups: Groups) -> Judged:
    of_each = [groups[name] for name in names]
    runs = [run for ours in of_each for run in ours]
    interval = claim.scale.interval(*compared(claim, runs))
    computed = tuple(engines(claim.quantity.part, ours) for ours in of_each)
    costs = claim.is_cost and not claim.never
    other_way = costs and not {"plain", "snntorch"}.issuperset(computed)
    again = [name for name in snntorch(claim.networks) if name not in groups]
    return Judged(
        claim,
        names,
        judge(interval, claim.held, untestable(claim, runs), claim.scale.text),
        interval,
        len(of_each[0]),
        computed,
        tuple(again) if other_way else (),
    )
