"""The claims of published studies, judged by the runs of the networks tied to them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import wraps
from itertools import product

import numpy as np

from spikemeter.engines.resolution import find_rounding
from spikemeter.metering.reading import DISAGREEMENT_PCT
from spikemeter.report.claims.claim import (
    BETTER_METER,
    MORE_SEEDS,
    NOT_TESTABLE,
    Claim,
    Verdict,
    judge,
)
from spikemeter.report.conditions import OTHERS_PCT, PHASES, group_networks
from spikemeter.report.marks import DATA_MARKS, choose_data_mark
from spikemeter.report.published import format_setting
from spikemeter.report.quantities import (
    explain_missing,
    find_disagreement_pct,
    list_per_seed,
)
from spikemeter.report.runs import PARTS, Run, group_by_network
from spikemeter.report.statistics import Interval, Values
from spikemeter.report.tables.ratios import compare_costs, find_ratio_error
from spikemeter.report.tables.table import Groups, list_engines
from spikemeter.report.ties import find_tie, get_tie, list_tied_studies

NOTHING = Interval(np.nan, np.nan, np.nan)
Check = Callable[[Claim, Sequence[Run]], Iterable[str]]


@dataclass(frozen=True)
class Judgement:
    """A claim and what two of our networks show: one row.

    ``networks`` are ours, or the claim's rows, if one of them did not run. ``ours`` is
    our number with its interval over the seeds, NaN if there is none. The engines are
    those of the part of the runs that decides; ``not_on_published_engine``, of a cost,
    are the networks that did not run on the engine of the published study.
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
    # The engine that ``also_on`` gave a network is behind its name.
    engine_of = {name: name.partition("-")[2] for names in tied for name in names}
    pairs = [
        pair
        for engine in dict.fromkeys(["", *engine_of.values()])
        for pair in product(
            *(
                # A network that does not spike has no variants.
                [name for name in names if engine_of[name] == engine]
                or [name for name in names if not groups[name][0].spiking]
                for names in tied
            )
        )
    ]
    if not pairs:
        ran = dict(zip(rows, tied, strict=True))
        reasons = tuple(f"{row} did not run" for row in rows if not ran[row])
        yield Judgement(claim, tuple(rows), Verdict(NOT_TESTABLE, reasons))
    for names in pairs:
        yield _judge_networks(claim, names, groups)


def _judge_networks(claim: Claim, names: Sequence[str], groups: Groups) -> Judgement:
    runs = [run for name in names for run in groups[name]]
    interval, advice = _estimate(claim, runs)
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
        judge(interval, claim.range, reasons, claim.scale.text, advice),
        interval,
        len(groups[names[0]]),
        tuple(list_engines(groups[name], part) for name in names),
        tuple(missing),
    )


def _estimate(claim: Claim, runs: Sequence[Run]) -> tuple[Interval, str]:
    """Return our number, and what would narrow its interval most.

    Where the spread of the seeds is not known, there is no interval: the meter's error
    alone would be too narrow.
    """
    values, groups = _compare(claim, runs), list(group_by_network(runs).values())
    seeds = claim.scale.interval(*values)
    error = find_ratio_error(claim.quantity, *groups) if len(groups) > 1 else np.nan
    if np.isnan([seeds.high, error]).any():
        return seeds, MORE_SEEDS
    advice = BETTER_METER if error > np.log(seeds.high / seeds.mean) else MORE_SEEDS
    return claim.scale.interval(*values, error=error), advice


def _compare(claim: Claim, runs: Sequence[Run]) -> list[Values]:
    """Return the quantity of each network, one value per seed; NaN if incomparable."""
    groups = list(group_by_network(runs).values())
    if len(groups) == 1:
        return [list_per_seed(claim.quantity, groups[0])]
    return list(compare_costs(claim.quantity, *groups))


# --- Why runs do not decide a claim ---------------------------------------------------


def _of_each_run(check: Callable[[Claim, Run], Iterable[str]]) -> Check:
    """Return a check of all runs; a reason that only some networks have names them."""

    @wraps(check)
    def check_all(claim: Claim, runs: Sequence[Run]) -> Iterator[str]:
        everyone = len({run.network for run in runs})
        told = ((reason, run.network) for run in runs for reason in check(claim, run))
        for reason, networks in group_networks(told).items():
            some = f" ({', '.join(networks)})" if len(networks) < everyone else ""
            yield f"{reason}{some}"

    return check_all


def _check_possible(claim: Claim, _runs: Sequence[Run]) -> list[str]:
    return [claim.stated.never] if claim.stated.never else []


def _check_fitted(claim: Claim, _runs: Sequence[Run]) -> Iterator[str]:
    for setting, figures in claim.study.find_fitted(claim.stated).items():
        yield f"fitted to this figure: {setting} was chosen by {figures}"


@_of_each_run
def _check_data(claim: Claim, run: Run) -> Iterator[str]:
    if mark := choose_data_mark(run):
        yield DATA_MARKS[mark].format(study=claim.study.name)


@_of_each_run
def _check_settings(claim: Claim, run: Run) -> Iterator[str]:
    ours = run.train["data"].get("prepared", {}) | run.settings
    for name, stated in find_tie(str(run.published)).settings.items():
        if not stated.allows(ours.get(name)):
            found = format_setting(ours.get(name))
            yield f"{name} {found}, {claim.study.name} {stated.text}"


@_of_each_run
def _check_rounding(_claim: Claim, run: Run) -> Iterator[str]:
    for name in dict.fromkeys(run.engine(part) for part in PARTS):
        if find_rounding(name):
            yield f"engine {name} rounds"


@_of_each_run
def _check_gpu(claim: Claim, run: Run) -> Iterator[str]:
    if not claim.is_cost:
        return
    found = run.conditions(claim.quantity.part)
    others = found["other_compute_processes"]
    if found["device"] != "cuda":
        yield f"{claim.study.name}'s figure is a GPU's"
    elif others is None:
        why = run.reason("other_compute_processes", claim.quantity.part)
        yield f"whether other processes used the GPU is not known ({why})"
    elif others:
        yield f"the GPU was shared with {others} processes"


@_of_each_run
def _check_cpu(claim: Claim, run: Run) -> Iterator[str]:
    if not claim.is_cost or claim.quantity.reading == "memory_pct":
        return
    others_pct = run.others_cpu_pct(claim.quantity.part)
    if others_pct is None:
        yield "how much other processes used the CPU is not known"
    elif others_pct > OTHERS_PCT:
        yield "other processes used the CPU"


def _check_comparable(claim: Claim, runs: Sequence[Run]) -> list[str]:
    quantity = claim.quantity
    if quantity.reading and len({run.machine(quantity.part) for run in runs}) > 1:
        return ["on different machines"]
    known = not np.isnan([quantity.value(run) for run in runs]).any()
    if known and np.isnan(_compare(claim, runs)).any():
        return ["different numbers of samples, or a reading of 0"]
    return []


def _check_metered(claim: Claim, runs: Sequence[Run]) -> Iterable[str]:
    quantity = claim.quantity
    unknown = [run for run in runs if np.isnan(quantity.value(run))]
    what = f"{quantity.title} of {PHASES[quantity.part]} not metered"
    groups = group_by_network(unknown).values()
    return dict.fromkeys(f"{what}: {explain_missing(quantity, g)}" for g in groups)


@_of_each_run
def _check_energies(claim: Claim, run: Run) -> Iterator[str]:
    quantity = claim.quantity
    if quantity.error is None or np.isnan(quantity.value(run)):
        return
    differ_pct = find_disagreement_pct(run, quantity.part)
    if abs(differ_pct) > DISAGREEMENT_PCT:
        yield f"sampled and counted energy differ by {differ_pct:+.0f} %"
    if np.isnan(quantity.error(run, True)):
        yield "how far the meter errs is not known"


def _check_seeds(_claim: Claim, runs: Sequence[Run]) -> list[str]:
    one = len({run.seed for run in runs}) == 1
    return ["one seed gives no interval"] if one else []


# By what each one finds, in the words of the page; the most basic first.
CHECKS: dict[str, Check] = {
    "what {study} describes is not done here": _check_possible,
    "a setting that {study} does not state was chosen by the figure itself": (
        _check_fitted
    ),
    "a stand-in for {study}'s data, or only a part of it, or data that was not "
    "verified": _check_data,
    "a setting other than {study} states (epochs, layers, beta, …)": _check_settings,
    "an engine that rounds": _check_rounding,
    "a cost that is not a GPU's, or that of a GPU shared with others": _check_gpu,
    f"seconds, power or energy while other processes used more than {OTHERS_PCT} % of "
    "the machine's CPU": _check_cpu,
    "costs of different machines, or of different numbers of samples": (
        _check_comparable
    ),
    "a cost that was not metered": _check_metered,
    f"power or energy of which two readings differ by more than {DISAGREEMENT_PCT:g} "
    "%, or whose error is not known": _check_energies,
    "one seed, which gives no interval": _check_seeds,
}
