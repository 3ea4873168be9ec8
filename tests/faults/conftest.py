"""The studies that faults happen to, and the page that tells of all faults."""

import functools
import os
import shutil
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.faults.fault", "tests.faults.procedure")

from tests.faults.fault import TITLES  # noqa: E402
from tests.faults.page import Row, page  # noqa: E402
from tests.faults.procedure import assert_recovers  # noqa: E402
from tests.workflow.comparison import contents  # noqa: E402

COLOURS = "results/data/cifar10/raw/source.json"
OBSERVED = pytest.StashKey[list]()


def pytest_configure(config):
    config.stash[OBSERVED] = []


def pytest_sessionfinish(session, exitstatus):
    """Write docs/faults.md if `make test-faults` asks for it and all was observed."""
    path = os.environ.get("FAULTS_PAGE")
    rows = session.config.stash.get(OBSERVED, [])
    if path and exitstatus == 0 and {row.title for row in rows} == {*TITLES}:
        Path(path).write_text(page(rows), encoding="utf-8")


@pytest.fixture
def record(request):
    """Return a function that takes the cells of a :class:`Row`."""
    return lambda *cells: request.config.stash[OBSERVED].append(Row(*cells))


@pytest.fixture(scope="session")
def clean(complete, make_once):
    """The complete study with a data set that its networks do not use."""
    return make_once("clean", lambda folder: complete.copy(folder).succeed(COLOURS))


@pytest.fixture(scope="session")
def expected(clean):
    """What lies below results/ in the end, whatever went wrong before."""
    return contents(clean)


@pytest.fixture
def broken(clean, tmp_path):
    """A copy of the clean study, to be broken."""
    study = clean.copy(tmp_path / "study")
    yield study
    shutil.rmtree(study.folder, ignore_errors=True)


@pytest.fixture
def recover(broken, expected, record):
    """Return a function that takes a study into a fault and out of it again."""
    return functools.partial(
        assert_recovers, study=broken, expected=expected, record=record
    )
