"""Why runs do not decide a claim of a published study, the most basic reason first."""

from collections.abc import Callable, Sequence

import numpy as np

from spikemeter.engines.resolution import find_rounding
from spikemeter.report.claims.claim import Claim
from spikemeter.report.conditions import OTHERS_PCT, PHASES
from spikemeter.report.marks import DATA_MARKS, choose_data_mark
from spikemeter.report.published import PublishedStudy, format_setting
from spikemeter.report.quantities import explain_missing, list_per_seed
from spikemeter.report.runs import PARTS, Run, group_by_network
from spikemeter.report.statistics import Values
from spikemeter.report.tables.ratios import compare_costs
from spikemeter.report.ties import get_tie

Check = Callable[[Claim, Sequence[Run]], list[str]]


def list_reasons(claim: Claim, runs: Sequence[Run]) -> list[str]:
    """Return why runs do not decide a claim; nothing, if they do.

    Parameters
    ----------
    claim : Claim
    runs : sequence of Run
        Of the networks that it compares, all seeds.
    """
    return [reason for check in CHECKS.values() for reason in check(claim, runs)]


def compare(claim: Claim, runs: Sequence[Run]) -> list[Values]:
    """Return the quantity of each network, one value per seed; NaN if incomparable."""
    groups = list(group_by_network(runs).values())
    if len(groups) == 1:
        return [list_per_seed(claim.quantity, groups[0])]
    return list(compare_costs(claim.quantity, *groups))


def describe_checks(study: PublishedStudy) -> list[str]:
    """Return what each check finds, in words."""
    return [text.format(study=study.name) for text in CHECKS]


def _check_possible(claim: Claim, _runs: Sequence[Run]) -> list[str]:
    return [claim.stated.never] if claim.stated.never else []


def _check_data(claim: Claim, runs: Sequence[Run]) -> list[str]:
    def texts(run: Run) -> list[str]:
        mark = choose_data_mark(run)
        return [DATA_MARKS[mark].format(study=claim.study.name)] if mark else []

    return _collect(runs, texts)


def _check_settings(claim: Claim, runs: Sequence[Run]) -> list[str]:
    def texts(run: Run) -> list[str]:
        tie = get_tie(run)
        ours = run.train["data"].get("prepared", {}) | run.settings
        return [
            f"{name} {format_setting(ours.get(name))}, {claim.study.name} {stated.text}"
            for name, stated in (tie.settings if tie else {}).items()
            if not stated.allows(ours.get(name))
        ]

    return _collect(runs, texts)


def _check_rounding(_claim: Claim, runs: Sequence[Run]) -> list[str]:
    def texts(run: Run) -> list[str]:
        engines = dict.fromkeys(run.engine(part) for part in PARTS)
        return [f"engine {name} rounds" for name in engines if find_rounding(name)]

    return _collect(runs, texts)


def _check_gpu(claim: Claim, runs: Sequence[Run]) -> list[str]:
    def texts(run: Run) -> list[str]:
        found = run.conditions(claim.quantity.part)
        if found["device"] != "cuda":
            return [f"{claim.study.name}'s figure is a GPU's"]
        others = found["other_compute_processes"]
        if others is None:
            return ["whether other processes used the GPU is not known"]
        return [f"the GPU was shared with {others} processes"] if others else []

    return _collect(runs, texts) if claim.is_cost else []


def _check_cpu(claim: Claim, runs: Sequence[Run]) -> list[str]:
    def texts(run: Run) -> list[str]:
        others_pct = run.others_cpu_pct(claim.quantity.part)
        if others_pct is None:
            return ["how much other processes used the CPU is not known"]
        return ["other processes used the CPU"] if others_pct > OTHERS_PCT else []

    timed = claim.is_cost and claim.quantity.reading != "memory_pct"
    return _collect(runs, texts) if timed else []


def _check_comparable(claim: Claim, runs: Sequence[Run]) -> list[str]:
    quantity = claim.quantity
    if quantity.reading and len({run.machine(quantity.part) for run in runs}) > 1:
        return ["on different machines"]
    known = not np.isnan([quantity.value(run) for run in runs]).any()
    if known and np.isnan(compare(claim, runs)).any():
        return ["different numbers of samples, or a reading of 0"]
    return []


def _check_metered(claim: Claim, runs: Sequence[Run]) -> list[str]:
    quantity = claim.quantity
    unknown = [run for run in runs if np.isnan(quantity.value(run))]
    what = f"{quantity.title} of {PHASES[quantity.part]} not metered"
    groups = group_by_network(unknown).values()
    return list(
        dict.fromkeys(f"{what}: {explain_missing(quantity, g)}" for g in groups)
    )


def _check_seeds(_claim: Claim, runs: Sequence[Run]) -> list[str]:
    one = len({run.seed for run in runs}) == 1
    return ["one seed gives no interval"] if one else []


def _collect(runs: Sequence[Run], texts: Callable[[Run], list[str]]) -> list[str]:
    """Return the texts of all runs; one that only some networks have names them."""
    who: dict[str, dict[str, None]] = {}
    for run in runs:
        for text in texts(run):
            who.setdefault(text, {})[run.network] = None
    everyone = len({run.network for run in runs})
    return [
        text if len(networks) == everyone else f"{text} ({', '.join(networks)})"
        for text, networks in who.items()
    ]


# By what each one finds, in the words of the page.
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
