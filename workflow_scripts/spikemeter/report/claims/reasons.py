"""Why runs say nothing about a claim of the paper, the most basic reason first."""

from collections.abc import Callable, Sequence

import numpy as np

from spikemeter.engines.names import APPROXIMATE
from spikemeter.report.claims.claim import Claim
from spikemeter.report.claims.settings import other_settings
from spikemeter.report.conditions import OTHERS_PCT, PHASES
from spikemeter.report.marks import PART_OF_DATA, STAND_IN, data_mark
from spikemeter.report.quantities import per_seed, why_missing
from spikemeter.report.runs import PARTS, Run, group_by_network
from spikemeter.report.statistics import Values
from spikemeter.report.tables.ratios import comparable

DATA = {
    STAND_IN: "a stand-in for the paper's data",
    PART_OF_DATA: "not the paper's whole, verified data set",
}
Check = Callable[[Claim, Sequence[Run]], list[str]]


def untestable(claim: Claim, runs: Sequence[Run]) -> list[str]:
    """Return why runs do not decide a claim; nothing, if they do.

    Parameters
    ----------
    claim : Claim
    runs : sequence of Run
        Of the networks that it compares, all seeds; none of a network that did not run.
    """
    return [reason for check in CHECKS.values() for reason in check(claim, runs)]


def compared(claim: Claim, runs: Sequence[Run]) -> list[Values]:
    """Return what decides of each network, one a seed; NaN if costs do not compare."""
    groups = list(group_by_network(runs).values())
    if len(groups) == 1:
        return [per_seed(claim.quantity, groups[0])]
    return list(comparable(claim.quantity, *groups))


def _never(claim: Claim, _runs: Sequence[Run]) -> list[str]:
    return [claim.never] if claim.never else []


def _data(_claim: Claim, runs: Sequence[Run]) -> list[str]:
    return _told(runs, lambda run: [DATA.get(data_mark(run), "")])


def _settings(_claim: Claim, runs: Sequence[Run]) -> list[str]:
    return _told(runs, other_settings)


def _rounding(_claim: Claim, runs: Sequence[Run]) -> list[str]:
    def texts(run: Run) -> list[str]:
        engines = dict.fromkeys(run.engine(part) for part in PARTS)
        return [f"engine {name} rounds" for name in engines if name in APPROXIMATE]

    return _told(runs, texts)


def _board(claim: Claim, runs: Sequence[Run]) -> list[str]:
    def texts(run: Run) -> list[str]:
        found = run.conditions(claim.quantity.part)
        if found["device"] != "cuda":
            return ["the paper's figure is of a graphics board"]
        others = found["other_compute_processes"]
        if others is None:
            return ["whether others used the board is not known"]
        return [f"the board was shared with {others} processes"] if others else []

    return _told(runs, texts) if claim.is_cost else []


def _disturbed(claim: Claim, runs: Sequence[Run]) -> list[str]:
    def texts(run: Run) -> list[str]:
        others_pct = run.others_cpu_pct(claim.quantity.part)
        if others_pct is None:
            return ["what others took of the processors is not known"]
        shared = others_pct > OTHERS_PCT
        return ["others took part of the processors meanwhile"] if shared else []

    timed = claim.is_cost and claim.quantity.reading != "memory_pct"
    return _told(runs, texts) if timed else []


def _comparable(claim: Claim, runs: Sequence[Run]) -> list[str]:
    quantity = claim.quantity
    if quantity.reading and len({run.machine(quantity.part) for run in runs}) > 1:
        return ["on different machines"]
    known = not np.isnan([quantity.ours(run) for run in runs]).any()
    if known and np.isnan(compared(claim, runs)).any():
        return ["different numbers of samples, or a reading of 0"]
    return []


def _metered(claim: Claim, runs: Sequence[Run]) -> list[str]:
    quantity = claim.quantity
    unknown = [run for run in runs if np.isnan(quantity.ours(run))]
    what = f"{quantity.title} of {PHASES[quantity.part]} not metered"
    groups = group_by_network(unknown).values()
    return list(dict.fromkeys(f"{what}: {why_missing(quantity, g)}" for g in groups))


def _seeds(_claim: Claim, runs: Sequence[Run]) -> list[str]:
    one = len({run.seed for run in runs}) == 1
    return ["one seed gives no interval"] if one else []


def _told(runs: Sequence[Run], texts: Callable[[Run], list[str]]) -> list[str]:
    """Return the texts of all runs; what holds for some networks names them."""
    who: dict[str, dict[str, None]] = {}
    for run in runs:
        for text in filter(None, texts(run)):
            who.setdefault(text, {})[run.network] = None
    everyone = len({run.network for run in runs})
    return [
        text if len(networks) == everyone else f"{text} ({', '.join(networks)})"
        for text, networks in who.items()
    ]


# By what each one finds, in the words of the page.
CHECKS: dict[str, Check] = {
    "what the paper describes is not done here": _never,
    "a stand-in for the paper's data, or not the whole, verified data set": _data,
    "a setting other than the paper states (epochs, layers, beta, …)": _settings,
    "an engine that rounds": _rounding,
    "a cost that is not a graphics board's, or of one shared with others": _board,
    f"seconds, power or energy while others took more than {OTHERS_PCT} % of the "
    "machine's processors": _disturbed,
    "costs of different machines, or of different numbers of samples": _comparable,
    "a cost that was not metered": _metered,
    "one seed, which gives no interval": _seeds,
}
