"""The study of these tests, run once; every test changes a copy of its own."""

import shutil

import pytest

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
def complete(unrun, tmp_path_factory):
    """The study after its first run; not to be changed."""
    study = unrun.copy(tmp_path_factory.mktemp("complete") / "study")
    outcome = study.run(*WHOLE)
    assert outcome.code == 0, outcome.text
    return study


@pytest.fixture
def study(complete, tmp_path):
    """A copy of the complete study."""
    return complete.copy(tmp_path / "study")


@pytest.fixture
def fresh(unrun, tmp_path):
    """A copy of the study before its first run."""
    return unrun.copy(tmp_path / "study")
