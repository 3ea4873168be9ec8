"""Why runs do not decide a claim of a published study, the most basic reason first."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import wraps

import numpy as np

from spikemeter.engines.resolution import find_rounding
from spikemeter.report.claims.claim import Claim
from spikemeter.report.conditions import OTHERS_PCT, PHASES, group_networks
from spikemeter.report.marks import DATA_MARKS, choose_data_mark
from spikemeter.report.published import format_setting
from spikemeter.report.quantities import explain_missing, list_per_seed
from spikemeter.report.runs import PARTS, Run, group_by_network
from spikemeter.report.statistics import Values
from spikemeter.report.tables.ratios import compare_costs
from spikemeter.report.ties import find_tie

Check = Callable[[Claim, Sequence[Run]], Iterable[str]]


def compare(claim: Claim, runs: Sequence[Run]) -> list[Values]:
    """Return the quantity of each network, one value per seed; NaN if incomparable."""
    groups = list(group_by_network(runs).values())
    if len(groups) == 1:
        return [list_per_seed(claim.quantity, groups[0])]
    return list(compare_costs(claim.quantity, *groups))


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
        yield "whether other processes used the GPU is not known"
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
    if known and np.isnan(compare(claim, runs)).any():
        return ["different numbers of samples, or a reading of 0"]
    return []


def _check_metered(claim: Claim, runs: Sequence[Run]) -> Iterable[str]:
    quantity = claim.quantity
    unknown = [run for run in runs if np.isnan(quantity.value(run))]
    what = f"{quantity.title} of {PHASES[quantity.part]} not metered"
    groups = group_by_network(unknown).values()
    return dict.fromkeys(f"{what}: {explain_missing(quantity, g)}" for g in groups)


def _check_seeds(_claim: Claim, runs: Sequence[Run]) -> list[str]:
    one = len({run.seed for run in runs}) == 1
    return ["one seed gives no interval"] if one else []


# By what each one finds, in the words of the page; the most basic first.
CHECKS: dict[str, Check] = {
    "what {study} describes is not done here": _check_possible,
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
    "one seed, which gives no interval": _check_seeds,
}
