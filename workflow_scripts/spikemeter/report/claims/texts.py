"""The page of the judged claims: the rule, a row a claim and engine, conditions."""

from collections import Counter
from collections.abc import Sequence

import pandas as pd

from spikemeter.report.claims.claim_cells import figures, texts
from spikemeter.report.claims.judged import Judged
from spikemeter.report.claims.reasons import CHECKS
from spikemeter.report.claims.stated import CALLS, CLAIMS, FACTOR
from spikemeter.report.claims.verdicts import (
    NOT_REPRODUCED,
    NOT_TESTABLE,
    REPRODUCED,
    RULE,
)
from spikemeter.report.conditions import (
    data_text,
    engine_notes,
    grouped,
    machine_notes,
    settings_text,
    versions_text,
)
from spikemeter.report.interruptions import describe_interruptions
from spikemeter.report.markdown import bullets, table
from spikemeter.report.notes import SEEDS_COVER
from spikemeter.report.paper import SOURCE
from spikemeter.report.runs import Run

TITLES = {
    1: "Experiment 1: spiking and conventional network, fully connected, MNIST",
    2: "Experiment 2: spiking and conventional network, convolutional, CIFAR-10",
    3: "Experiment 3: spiking network on N-MNIST and on MNIST",
}


def markdown(rows: Sequence[Judged], runs: Sequence[Run]) -> str:
    """Return the page: the rule, the claims of each experiment, calls, conditions."""
    parts = ["# The paper's claims", summary(rows), "## The rule", *rule()]
    for experiment, title in TITLES.items():
        shown = [row for row in rows if row.claim.experiment == experiment]
        parts += [f"## {title}", table(texts(shown)), *swapped(experiment)]
    parts += ["## Calls for further work", table(calls())]
    parts += ["## Conditions", bullets(conditions(runs))]
    return "\n\n".join(parts) + "\n"


def summary(rows: Sequence[Judged]) -> str:
    """Return how many rows have which verdict, and what can be judged."""
    count = Counter(row.verdict.word for row in rows)
    words = (REPRODUCED, NOT_REPRODUCED, NOT_TESTABLE)
    counted = ", ".join(f"{count[word]} {word}" for word in words)
    return (
        f"Of {len(rows)} rows: {counted}. What can be judged is the paper's own study "
        "(`config/paper.yaml`), its costs on a graphics board."
    )


def rule() -> list[str]:
    """Return the rule that judges, as paragraphs."""
    return [
        RULE,
        f"The interval is Student's t, of a ratio's logarithms; {SEEDS_COVER}.",
        f"*{NOT_TESTABLE.capitalize()}* also, whatever the number, where a network did "
        "not run, and where one of these stands against it (all are listed, the most "
        "basic first):",
        bullets(CHECKS),
        "Differences and ratios are of the first network to the second, seed by seed. "
        "The paper's are those of its tables. Where it gives a number for a ratio, the "
        f"range is a factor {FACTOR:g} up and down: another board has other costs. A "
        "cost is that of the engine which the row names; the paper's is that of "
        "snntorch, one time step after the other.",
    ]


def swapped(experiment: int) -> list[str]:
    """Return a paragraph on where the abstract contradicts Table I, if it does."""
    claims = [c for c in CLAIMS if c.experiment == experiment and c.abstract_pct]
    if not claims:
        return []
    stated = [
        f"{c.quantity.title.split()[0]} +{c.abstract_pct:.0f} % in the abstract but "
        f"+{100 * (c.papers - 1):.0f} % in {c.place} ({figures(c)})"
        for c in claims
    ]
    inside = [c.held.holds(1 + c.abstract_pct / 100) for c in claims if c.abstract_pct]
    figures_lie = "Each figure" if all(inside) else "Not each figure"
    return [
        f"The paper contradicts itself here: {'; '.join(stated)}. The abstract has the "
        f"two the other way round. The rows are judged by the table. {figures_lie} of "
        "the abstract lies in the range of its row."
    ]


def calls() -> pd.DataFrame:
    """Return the paper's calls for further work as a table of texts."""
    verdict = f"{NOT_TESTABLE} (a call for further work)"
    return pd.DataFrame(
        {"the paper asks for": c.words, "what answers it here": c.answer}
        | {"verdict": verdict}
        for c in CALLS
    )


def conditions(runs: Sequence[Run]) -> list[str]:
    """Return what the numbers of the page were made from, one sentence each."""
    notes = [f"The paper: {SOURCE}"]
    notes += grouped("Data", runs, data_text)
    notes += grouped("Settings", runs, settings_text)
    notes += engine_notes(runs) + machine_notes(runs)
    notes += [f"Seeds: {', '.join(map(str, dict.fromkeys(r.seed for r in runs)))}"]
    notes += grouped("Versions", runs, versions_text) + describe_interruptions(runs)
    return [f"{note}." for note in notes]
