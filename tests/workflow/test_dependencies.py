"""What a job imports is what its params depend on: no dependency is hidden."""

import json
import re

import pytest
import yaml

from spikemeter.study.checks import check_config
from spikemeter.study.plan import Plan
from spikemeter.study.staleness import code
from tests.workflow.command import Call

# Each Python process leaves the files of the library that it has imported.
RECORDER = """
import atexit, json, os, sys
from pathlib import Path

def record():
    library = Path(os.environ["LIBRARY"])
    paths = (getattr(module, "__file__", None) for module in sys.modules.values())
    own = {Path(path) for path in paths if path}
    files = [p.relative_to(library).as_posix() for p in own if library in p.parents]
    name = f"{Path(sys.argv[0]).name}-{os.getpid()}.json"
    Path(os.environ["RECORDS"], name).write_text(json.dumps(files))

atexit.register(record)
"""


@pytest.fixture
def records(fresh, tmp_path):
    """Run jobs; return for each script the files that its processes imported."""
    (tmp_path / "recorder").mkdir()
    (tmp_path / "recorder/sitecustomize.py").write_text(RECORDER)
    folder = tmp_path / "records"
    folder.mkdir()
    environment = {
        "PYTHONPATH": str(tmp_path / "recorder"),
        "RECORDS": str(folder),
        "LIBRARY": str((fresh / "workflow_scripts").resolve()),
    }
    targets = [f"results/runs/{name}/seed0/test.json" for name in ("ann", "nmnist")]
    outcome = Call(fresh.folder, tuple(targets), environment=environment).wait()
    assert outcome.code == 0, outcome.text
    found = {}
    for path in folder.iterdir():
        script = re.search(r"([a-z]+\.py)-\d+\.json$", path.name)
        if script:
            found.setdefault(script[1], []).append(json.loads(path.read_text()))
    return found


def test_jobs_import_what_they_depend_on_alone(fresh, records):
    values = yaml.safe_load((fresh / "config.yaml").read_text())
    plan = Plan(check_config(values), fresh.folder)
    digested = {
        "train.py": [plan.modules("train", name) for name in ("ann", "nmnist")],
        "test.py": [plan.modules("test", name) for name in ("ann", "nmnist")],
        "prepare.py": [plan.modules("prepare", name) for name in ("digits", "events")],
    }
    for script, modules in digested.items():
        allowed = [set(code(plan.scripts, *names)) for names in modules]
        assert len(records[script]) == len(allowed)
        for imported in records[script]:
            own = {f for f in imported if not f.endswith("registry.py")}
            assert any(own <= files for files in allowed), [
                own - files for files in allowed
            ]
