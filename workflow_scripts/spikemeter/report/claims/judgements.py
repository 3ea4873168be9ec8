"""The claims of published studies, judged by the runs of the networks tied to them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import isfinite
from typing import NamedTuple

import numpy as np

from spikemeter.report.claims.claim import Claim, Range
from spikemeter.report.claims.reasons import CHECKS, compare
from spikemeter.report.runs import Run, group_by_network
from spikemeter.report.statistics import LEVEL, Interval
from spikemeter.report.tables.table import Groups, list_engines
from spikemeter.report.ties import get_tie, list_tied_studies

REPRODUCED = "reproduced"
NOT_REPRODUCED = "not reproduced"
NOT_TESTABLE = "not testable here"
NOTHING = Interval(np.nan, np.nan, np.nan)
SAME = "all seeds give the same number, so their spread is not known; more seeds"

RULE = (
    f"Every claim is a range for one number. If the {100 * LEVEL:.0f} % interval of "
    f"that number over the seeds lies inside the range, the claim is *{REPRODUCED}*; "
    f"if it lies outside, *{NOT_REPRODUCED}*; if it crosses a border, *{NOT_TESTABLE}* "
    "without more seeds. A range of two borders includes them; *more than* and *less "
    "than* exclude theirs."
)


class Verdict(NamedTuple):
    """The verdict on a claim, and why it is not testable, most basic reason first."""

    word: str
    reasons: tuple[str, ...] = ()


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

    The runs have the same seeds of every network. A claim has one row per engine that
    computed its networks (``also_on``), and one per pair of networks if several are
    tied to its rows.
    """
    groups = group_by_network(runs)
    return [
        row
        for study in list_tied_studies(runs)
        for stated in study.claims
        for row in _judge_claim(Claim(study, stated), groups)
    ]


def _judge_claim(claim: Claim, groups: Groups) -> Iterator[Judgement]:
    rows = claim.stated.networks
    tied = [
        [name for name in groups if get_tie(groups[name][0]) == (claim.study, row)]
        for row in rows
    ]
    engines = dict.fromkeys(["", *(_variant(name) for names in tied for name in names)])
    pairs = [
        names
        for engine in engines
        for names in product(*(_on_engine(names, engine, groups) for names in tied))
    ]
    if not pairs:
        ran = dict(zip(rows, tied, strict=True))
        reasons = tuple(f"{row} did not run" for row in rows if not ran[row])
        yield Judgement(claim, tuple(rows), Verdict(NOT_TESTABLE, reasons))
    for names in pairs:
        yield _judge_networks(claim, names, groups)


def _variant(network: str) -> str:
    """Return the engine that ``also_on`` gave a network, nothing if it did not."""
    return network.partition("-")[2]


def _on_engine(names: list[str], engine: str, groups: Groups) -> list[str]:
    """Return the variants on an engine; the networks themselves if none can spike."""
    found = [name for name in names if _variant(name) == engine]
    return found or [name for name in names if not groups[name][0].spiking]


def _judge_networks(claim: Claim, names: Sequence[str], groups: Groups) -> Judgement:
    runs = [run for name in names for run in groups[name]]
    interval = claim.scale.interval(*compare(claim, runs))
    reasons = [reason for check in CHECKS.values() for reason in check(claim, runs)]
    part, engine = claim.quantity.part, claim.study.engine
    missing: list[str] = []
    judged_cost = claim.is_cost and not claim.stated.never
    if judged_cost and any(r.spiking and r.engine(part) != engine for r in runs):
        spiking = (name for name in names if groups[name][0].spiking)
        missing = [name for name in spiking if f"{name}-{engine}" not in groups]
    return Judgement(
        claim,
        tuple(names),
        judge(interval, claim.range, reasons, claim.scale.text),
        interval,
        len(groups[names[0]]),
        tuple(list_engines(groups[name], part) for name in names),
        tuple(missing),
    )


def judge(
    interval: Interval,
    range_: Range,
    reasons: Sequence[str],
    text: Callable[[float], str],
) -> Verdict:
    """Judge a claim by the interval of our number, NaN if there is none.

    Any reason why the number does not decide leaves no verdict; ``text`` prints one.
    """
    mean, *ends = interval
    if reasons:
        return Verdict(NOT_TESTABLE, tuple(reasons))
    if not all(map(isfinite, ends)):
        why = SAME if isfinite(mean) else "the number has no finite interval"
        return Verdict(NOT_TESTABLE, (why,))
    low, high = ends
    inside = [range_.holds(end) for end in ends]
    if all(inside):
        return Verdict(REPRODUCED)
    if not any(inside) and not (low < range_.low and high > range_.high):
        return Verdict(NOT_REPRODUCED)
    borders = " and ".join(text(edge) for edge in range_ if low <= edge <= high)
    shown = f"[{text(low)}, {text(high)}]"
    return Verdict(
        NOT_TESTABLE, (f"the interval {shown} crosses {borders}; more seeds",)
    )
