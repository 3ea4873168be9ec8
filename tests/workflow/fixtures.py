"""The study of these tests, run once; every test changes a copy of its own."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from spikemeter.datasets.prepared import load_arrays
from spikemeter.datasets.samples import digits
from spikemeter.datasets.samples.saccades import write_archives
from spikemeter.resource_paths import find_resource
from tests.workflow.study import CONFIG, ROOT, WHOLE, WORKFLOW, Study

N_RECORDINGS = 20


@pytest.fixture(scope="session")
def unrun(tmp_path_factory):
    """The workflow with the tests' config, before its first run."""
    folder = tmp_path_factory.mktemp("workflow")
    for name in WORKFLOW:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, folder / name)
    recordings = tmp_path_factory.mktemp("recordings")
    drawn = load_arrays(find_resource(digits.SAMPLE.file))
    write_archives({key: drawn[key][:N_RECORDINGS] for key in drawn}, recordings)
    config = (ROOT / CONFIG).read_text()
    config = config.replace("RECORDINGS", str(recordings))
    (folder / "config.yaml").write_text(config)
    return Study(folder)


@pytest.fixture(scope="session")
def make_once(tmp_path_factory):
    """Return a function that makes a study once for all processes of a test run."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent

    def make(name: str, run: Callable[[Path], None]) -> Study:
        folder = shared / name
        with FileLock(shared / f"{name}.lock"):
            if not folder.exists():
                unfinished = tmp_path_factory.mktemp(name) / "study"
                run(unfinished)
                unfinished.rename(folder)
        return Study(folder)

    return make


@pytest.fixture(scope="session")
def complete(unrun, make_once):
    """The study after its first run; not to be changed."""
    return make_once("complete", lambda folder: unrun.copy(folder).succeed(*WHOLE))


@pytest.fixture
def study(complete, tmp_path):
    """A copy of the complete study."""
    return complete.copy(tmp_path / "study")


@pytest.fixture
def fresh(unrun, tmp_path):
    """A copy of the study before its first run."""
    return unrun.copy(tmp_path / "study")
