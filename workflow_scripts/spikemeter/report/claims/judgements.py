"""The claims of published studies, judged by the runs of the networks tied to them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from spikemeter.report.claims.claim import Claim, list_claims
from spikemeter.report.claims.reasons import compare, list_reasons
from spikemeter.report.claims.verdicts import NOT_TESTABLE, Verdict, judge
from spikemeter.report.runs import Run, group_by_network
from spikemeter.report.statistics import Interval
from spikemeter.report.tables.table import Groups, list_engines
from spikemeter.report.ties import get_tie, list_tied_studies

NOTHING = Interval(np.nan, np.nan, np.nan)


@dataclass(frozen=True)
class Judgement:
    """A claim and what two of our networks show: one row.

    Attributes
    ----------
    claim : Claim
    networks : tuple of str
        Ours; the claim's rows, if one of them did not run.
    verdict : Verdict
    ours : Interval
        Our number and its interval over the seeds, NaN if there is none.
    seeds : int
    engines : tuple of str
        Of each network, in the part of the runs that decides.
    not_on_published_engine : tuple of str
        For a cost: the networks that did not run on the engine of the published study.
    """

    claim: Claim
    networks: tuple[str, ...]
    verdict: Verdict
    ours: Interval = NOTHING
    seeds: int = 0
    engines: tuple[str, ...] = ()
    not_on_published_engine: tuple[str, ...] = ()


def judge_claims(runs: Sequence[Run]) -> list[Judgement]:
    """Judge every claim of the studies to which networks are tied.

    A claim has one row per engine that computed its networks (``also_on``), and one
    per pair of networks if several are tied to its rows.

    Parameters
    ----------
    runs : sequence of Run
        All of a study, the same seeds of every network.
    """
    groups = group_by_network(runs)
    return [
        row
        for study in list_tied_studies(runs)
        for claim in list_claims(study)
        for row in _rows(claim, groups)
    ]


def _rows(claim: Claim, groups: Groups) -> Iterator[Judgement]:
    tied = [_tied(claim, row, groups) for row in claim.stated.networks]
    engines = dict.fromkeys(["", *(_variant(name) for names in tied for name in names)])
    pairs = [
        names
        for engine in engines
        for names in product(*(_on_engine(names, engine, groups) for names in tied))
    ]
    if not pairs:
        rows = zip(claim.stated.networks, tied, strict=True)
        reasons = tuple(f"{row} did not run" for row, names in rows if not names)
        yield Judgement(
            claim, tuple(claim.stated.networks), Verdict(NOT_TESTABLE, reasons)
        )
    for names in pairs:
        yield _row(claim, names, groups)


def _tied(claim: Claim, row: str, groups: Groups) -> list[str]:
    """Return the networks that are tied to a row of the claim's study."""
    ties = {name: get_tie(runs[0]) for name, runs in groups.items()}
    return [
        name
        for name, tie in ties.items()
        if tie and tie.study is claim.study and tie.row == row
    ]


def _variant(network: str) -> str:
    """Return the engine that ``also_on`` gave a network, nothing if it did not."""
    return network.partition("-")[2]


def _on_engine(names: list[str], engine: str, groups: Groups) -> list[str]:
    """Return the variants on an engine; the networks themselves if none can spike."""
    found = [name for name in names if _variant(name) == engine]
    plain = [name for name in names if not groups[name][0].spiking]
    return found or plain


def _row(claim: Claim, names: tuple[str, ...], groups: Groups) -> Judgement:
    of_each = [groups[name] for name in names]
    runs = [run for ours in of_each for run in ours]
    interval = claim.scale.interval(*compare(claim, runs))
    part, engine = claim.quantity.part, claim.study.engine
    other = any(run.spiking and run.engine(part) != engine for run in runs)
    missing = [
        name
        for name in names
        if groups[name][0].spiking and f"{name}-{engine}" not in groups
    ]
    costs = claim.is_cost and not claim.stated.never
    return Judgement(
        claim,
        names,
        judge(interval, claim.range, list_reasons(claim, runs), claim.scale.text),
        interval,
        len(of_each[0]),
        tuple(list_engines(ours, part) for ours in of_each),
        tuple(missing) if costs and other else (),
    )
