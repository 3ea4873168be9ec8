"""Into a fault, out of it by what the message says, and the end compared."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import pytest

from tests.faults.causes import Cause, environment
from tests.faults.fault import AGAIN, Fault, assert_tidy, files, seen
from tests.workflow.comparison import contents
from tests.workflow.study import TABLES, Study


def assert_recovers(
    fault: Fault, study: Study, expected: dict[str, Any], record: Callable[..., None]
) -> None:
    """Cause a fault, mend it, give the same command again; record what was seen."""
    study.remove(*fault.missing)
    fault.arrange(study)
    before = files(study)
    causes = environment(*fault.causes, *fault.always) | fault.environment
    outcome = study.run(fault.target, environment=causes, first=fault.first)
    assert (outcome.code == 0) is fault.succeeds, outcome.text
    told = seen(outcome, study)
    left = set() if fault.succeeds else files(study) - before
    fault.mend(study)
    command = (fault.target, *fault.options)
    jobs = ", ".join(assert_completes(study, expected, command, fault.always))
    again = " ".join((AGAIN, *fault.options))
    again = f"{fault.remedy}, {again}" if fault.remedy else again
    record(
        fault.title, told, left, "by itself" if fault.succeeds else f"{again}: {jobs}"
    )
    assert told == fault.said, outcome.text
    assert left == {*fault.left}


def assert_completes(
    study: Study,
    expected: dict[str, Any],
    command: Sequence[str],
    causes: Sequence[Cause] = (),
) -> list[str]:
    """Run a study to a target; all is then as without faults. Return the jobs."""
    target = command[0]
    outcome = study.run(*command, environment=environment(*causes))
    assert outcome.code == 0, outcome.text
    assert_equals(study, expected, target)
    if target == TABLES:
        assert_belongs(study)
    return outcome.jobs


def assert_equals(study: Study, expected: dict[str, Any], target: str) -> None:
    """All that is there is as without faults, and nothing is missing for a target."""
    assert_tidy(study)
    found = contents(study)
    assert target in {f"results/{name}" for name in found}
    assert [name for name in found if found[name] != expected.get(name)] == []
    assert study.plan(target) == []


def assert_belongs(study: Study) -> None:
    """The tables show the numbers of the runs that lie beside them."""
    training, test = (
        pd.read_csv(study / f"results/tables/{name}.csv", index_col="network")
        for name in ("training", "test")
    )
    for network in test.index:
        folder = study / f"results/runs/{network}/seed0"
        epochs = pd.read_csv(folder / "epochs.csv")
        shown = training.loc[network, "epoch_s"]
        assert shown == pytest.approx(epochs["seconds"].mean())
        tested = pd.read_json(folder / "test.json", typ="series")
        draws = tested["draws"]
        accuracy = draws["accuracy_mean"] if draws else tested["accuracy"]
        accuracy_pct = test.loc[network, "accuracy_pct"]
        assert accuracy_pct == pytest.approx(100 * accuracy)
