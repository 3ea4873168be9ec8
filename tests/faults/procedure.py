"""Into a fault, out of it by what the message says, and the end compared."""

import shutil
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import pytest

from tests.faults.causes import Cause
from tests.faults.fault import (
    AGAIN,
    Fault,
    Row,
    assert_tidy,
    files,
    listed,
    run,
    seen,
)
from tests.workflow.comparison import contents
from tests.workflow.study import TABLES, Study


def assert_recovers(
    fault: Fault, study: Study, expected: dict[str, Any], record: Callable[[Row], None]
) -> None:
    """Cause a fault, mend it, give the same command again; record what was seen."""
    for name in fault.missing:
        path = study / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    fault.arrange(study)
    before = files(study)
    outcome = fault.run(study)
    assert (outcome.code == 0) is fault.succeeds, outcome.text
    told = seen(outcome, study)
    left = [] if fault.succeeds else sorted(files(study) - before)
    fault.mend(study)
    jobs = assert_completes(
        study, expected, (fault.target, *fault.options), fault.always
    )
    again = ", ".join(filter(None, (fault.remedy, " ".join((AGAIN, *fault.options)))))
    goes_on = "by itself" if fault.succeeds else f"{again}: {', '.join(jobs)}"
    record(Row(fault.title, told, listed(left), goes_on))
    assert told == fault.said, outcome.text
    assert left == sorted(fault.left)


def assert_completes(
    study: Study,
    expected: dict[str, Any],
    command: Sequence[str],
    causes: Sequence[Cause] = (),
) -> list[str]:
    """Run a study to a target; all is then as without faults. Return the jobs."""
    target = command[0]
    outcome = run(study, *command, causes=causes)
    assert outcome.code == 0, outcome.text
    assert_tidy(study)
    found = contents(study)
    assert target in {f"results/{name}" for name in found}
    differing = [name for name in found if found[name] != expected.get(name)]
    assert differing == []
    assert study.plan(target) == []
    if target == TABLES:
        assert_belongs(study)
    return outcome.jobs


def assert_belongs(study: Study) -> None:
    """The tables show the numbers of the runs that lie beside them."""
    tables = {
        name: pd.read_csv(study / f"results/tables/{name}.csv", index_col="network")
        for name in ("training", "test")
    }
    for network in tables["test"].index:
        folder = study / f"results/runs/{network}/seed0"
        epochs = pd.read_csv(folder / "epochs.csv")
        shown = tables["training"].loc[network, "epoch_s"]
        assert shown == pytest.approx(epochs["seconds"].mean())
        tested = pd.read_json(folder / "test.json", typ="series")
        accuracy_pct = tables["test"].loc[network, "accuracy_pct"]
        assert accuracy_pct == pytest.approx(100 * tested["accuracy"])
